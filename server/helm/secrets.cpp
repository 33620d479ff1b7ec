#include "server/helm/secrets.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "common/formats/parse_scope.h"
#include "common/formats/set_grammar.h"
#include "common/formats/values_layer.h"
#include "common/secret_names.h"

namespace wheelhouse::helm {
namespace {

// The scalars of a document, told apart.
struct Told {
  std::vector<std::string> secret;
  std::set<std::string> secret_paths;  // SetKey of each
  std::vector<std::string> plain;
  std::vector<std::string> declared_plain;  // also in `plain`
};

// What is known of a node from above.
struct Verdict {
  bool secret = false;
  bool declared = false;  // by secret_values or plain_values: names do not count
};

class Walk {
 public:
  explicit Walk(const std::map<std::string, bool>& declared) : declared_(declared) {}

  void Visit(const YAML::Node& node, Verdict verdict, const std::string& name) {
    if (node.IsScalar()) return Tell(node.Scalar(), verdict);
    int64_t index = 0;
    for (const auto& entry : node) {
      if (node.IsSequence()) {
        path_.push_back({"", index++});
        Visit(entry, Declared(verdict), name);
      } else {
        const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
        path_.push_back({key});
        Visit(entry.second, Declared(OfEntry(node, key, name, verdict)), key);
      }
      path_.pop_back();
    }
  }
  Told Take() { return std::move(told_); }

 private:
  void Tell(const std::string& text, Verdict verdict) {
    (verdict.secret ? told_.secret : told_.plain).push_back(text);
    if (verdict.secret) told_.secret_paths.insert(SetKey(path_));
    if (!verdict.secret && verdict.declared) told_.declared_plain.push_back(text);
  }

  Verdict Declared(Verdict above) const {
    if (declared_.empty()) return above;
    const auto found = declared_.find(SetKey(path_));
    return found == declared_.end() ? above : Verdict{found->second, true};
  }

  static Verdict OfEntry(const YAML::Node& map, const std::string& key, const std::string& parent,
                         Verdict above) {
    if (above.declared) return above;
    NameSays says = WhatNameSays(key, parent);
    // An entry of a container's `env`.
    if (key == "value" && map["name"] && map["name"].IsScalar())
      says = WhatNameSays(map["name"].Scalar());
    if (says == NameSays::kNothing) return above;
    return {says == NameSays::kSecret};
  }

  const std::map<std::string, bool>& declared_;
  KeyPath path_;
  Told told_;
};

Told TellApart(const YAML::Node& root, Verdict verdict,
               const std::map<std::string, bool>& declared) {
  Walk walk(declared);
  walk.Visit(root, verdict, "");
  return walk.Take();
}

// Nothing where `file` is not a values document.
Told TellApart(const v1::ValuesFile& file, const std::map<std::string, bool>& declared) {
  Walk walk(declared);
  const auto layers = ParseValuesLayers(file.name(), file.content());
  if (!layers.ok()) return {};
  for (const ValuesLayer& layer : *layers) walk.Visit(layer.root, {}, "");
  return walk.Take();
}

void Append(std::vector<std::string> from, std::vector<std::string>* to) {
  to->insert(to->end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// yaml-cpp takes 240 bytes of memory for a byte: of a longer text only the lines are known.
constexpr size_t kLongestRead = 64 << 10;

// `NAME=VALUE` and mappings with names that say so, in a text that is secret as a whole: a part of
// it may be told alone.
std::vector<std::string> SecretsInside(const std::string& text) {
  std::vector<std::string> secrets;
  if (!absl::StrContains(text, '\n') && !absl::StrContains(text, ':')) return secrets;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> entry =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    if (WhatNameSays(entry.first) == NameSays::kSecret && entry.first.size() < 100)
      secrets.emplace_back(absl::StripAsciiWhitespace(entry.second));
  }
  if (text.size() > kLongestRead) return secrets;
  const auto layer = ParseValuesLayer("", text);
  if (layer.ok()) Append(TellApart(layer->root, {}, {}).secret, &secrets);
  return secrets;
}

// The values of `data` (base64) and `stringData` of a Secret's manifest.
std::vector<std::string> HeldBy(const ManifestObject& object) {
  std::vector<std::string> held;
  const auto layer = ParseValuesLayer("", object.text);
  if (!layer.ok()) return held;
  for (const char* field : {"data", "stringData"}) {
    const YAML::Node entries = layer->root[field];
    if (!entries || !entries.IsMap()) continue;
    for (const auto& entry : entries) {
      if (!entry.second.IsScalar()) continue;
      std::string text = entry.second.Scalar(), decoded;
      if (field[0] == 'd' && absl::Base64Unescape(text, &decoded)) text = decoded;
      Append(SecretsInside(text), &held);
      held.push_back(std::move(text));
    }
  }
  return held;
}

// What stands in the input of a hook under names that say so.
std::vector<std::string> InInput(const v1::HookStep& hook) {
  std::string json;
  if (hook.input().fields().empty() ||
      !google::protobuf::util::MessageToJsonString(hook.input(), &json).ok())
    return {};
  const auto layer = ParseValuesLayer("", json);
  return layer.ok() ? TellApart(layer->root, {}, {}).secret : std::vector<std::string>();
}

bool IsSecret(const ManifestObject& object) {
  return object.kind == "Secret" && object.api_version == "v1";
}

}  // namespace

ChartSecrets::ChartSecrets(const v1::ChartInfo& chart)
    : known_plain_{chart.name(), chart.namespace_()} {
  const ParseScope whole(Context::Background());  // what is not read would be shown
  for (const auto* paths : {&chart.secret_values(), &chart.plain_values()}) {
    for (const std::string& text : *paths) {
      const absl::StatusOr<KeyPath> path = ParseSetKey(text);
      if (path.ok()) declared_[SetKey(*path)] = paths == &chart.secret_values();
    }
  }
  ReadLayers(chart);
  ReadPairs(chart.values(), false);
  ReadPairs(chart.values_string(), true);
  for (const v1::StagePlan* stage :
       {&chart.stages().check_prerequisites(), &chart.stages().pre_exec(), &chart.stages().exec(),
        &chart.stages().post_exec(), &chart.stages().validate(),
        &chart.stages().on_deploy_failure()}) {
    for (const auto* steps : {&stage->before(), &stage->after()}) {
      for (const v1::Step& step : *steps) {
        const auto objects = ReadManifests(step.apply().manifests(), "");
        if (objects.ok()) Append(Of(*objects), &of_chart_);
        Append(InInput(step.hook()), &of_chart_);
      }
    }
  }
  of_chart_ = NotDeclaredPlain(std::move(of_chart_));
}

void ChartSecrets::ReadLayers(const v1::ChartInfo& chart) {
  for (const auto* files : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *files) {
      Told told = TellApart(file, declared_);
      Append(std::move(told.secret), &of_chart_);
      declared_plain_.insert(told.declared_plain.begin(), told.declared_plain.end());
    }
  }
}

void ChartSecrets::ReadPairs(const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs,
                             bool as_strings) {
  for (const v1::SetValue& pair : pairs) {
    SetDocument document(as_strings);
    const absl::Status read = document.Merge(pair.key(), pair.value());
    const std::string json =
        document.json().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto layer = ParseValuesLayer(pair.key(), json);
    // What cannot be read is refused, and the refusal must not tell it.
    if (!read.ok() || !layer.ok()) {
      of_chart_.push_back(pair.value());
      continue;
    }
    Told told = TellApart(layer->root, {as_strings}, declared_);
    // As it was written, too: `{a,b}`.
    if (!told.secret.empty()) told.secret.push_back(pair.value());
    Append(std::move(told.secret), &of_chart_);
    declared_plain_.insert(told.declared_plain.begin(), told.declared_plain.end());
    known_plain_.insert(told.plain.begin(), told.plain.end());
  }
}

std::vector<std::string> ChartSecrets::NotDeclaredPlain(std::vector<std::string> secrets) const {
  std::erase_if(secrets,
                [this](const std::string& secret) { return declared_plain_.contains(secret); });
  return secrets;
}

std::set<std::string> ChartSecrets::PathsIn(const YAML::Node& root, LayerKind kind) const {
  Verdict verdict;
  verdict.secret = kind != LayerKind::kValues;
  verdict.declared = kind == LayerKind::kSecret;
  return TellApart(root, verdict, declared_).secret_paths;
}

std::vector<std::string> ChartSecrets::Of(const v1::ValuesFile& file, Scalars which) const {
  const ParseScope whole(Context::Background());
  Told told = TellApart(file, declared_);
  // Nothing of a Secret is plain because of its name.
  if (which == Scalars::kAll) Append(std::move(told.plain), &told.secret);
  std::erase_if(told.secret, [&](const std::string& secret) {
    return std::ranges::count(told.declared_plain, secret) > 0;
  });
  return NotDeclaredPlain(std::move(told.secret));
}

std::vector<std::string> ChartSecrets::Of(const std::vector<ManifestObject>& objects) const {
  const ParseScope whole(Context::Background());
  std::set<std::string> plain = known_plain_;
  std::vector<std::string> secrets;
  for (const ManifestObject& object : objects) {
    plain.insert(object.name);
    plain.insert(object.ns);
    if (IsSecret(object)) Append(HeldBy(object), &secrets);
  }
  std::erase_if(secrets, [&](const std::string& secret) { return plain.contains(secret); });
  return NotDeclaredPlain(std::move(secrets));
}

}  // namespace wheelhouse::helm

#include "server/helm/merged_values.h"

#include <absl/strings/str_replace.h>

#include <utility>

#include "common/failure.h"
#include "common/formats/values_layer.h"
#include "common/formats/yaml_merge.h"
#include "common/formats/yaml_scalar.h"
#include "common/status_macros.h"
#include "server/helm/values.h"

namespace wheelhouse::helm {
namespace {

using Json = nlohmann::json;

absl::Status TooMany() {
  return MakeFailure(Reason::kValuesInvalid, "the layers have more than 100000 values");
}

}  // namespace

// Reads layers, and puts each over those before it.
class MergedValues::Reader {
 public:
  explicit Reader(const ChartSecrets& secrets) : secrets_(secrets) {}

  // Each document of the text, lowest first.
  absl::Status Add(const std::string& name, const std::string& text, LayerKind kind, Value* below) {
    // yaml-cpp keeps the carriage returns of a literal block, go-yaml does not.
    ASSIGN_OR_RETURN(const std::vector<ValuesLayer> layers,
                     ParseValuesLayers(name, absl::StrReplaceAll(text, {{"\r\n", "\n"}})));
    for (const ValuesLayer& layer : layers) {
      RETURN_IF_ERROR(Resolve(layer.root));
      secret_ = secrets_.PathsIn(layer.root, kind);
      Value value = Read(layer.root);
      if (left_ < 0) return TooMany();
      Cover(std::move(value), below);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Resolve(const YAML::Node& node) {
    if (--to_resolve_ < 0) return TooMany();
    if (node.IsMap()) {
      const auto problem = ResolveMerges(node, [this](const YAML::Node&) { return --left_ >= 0; });
      if (problem.has_value()) return MakeFailure(Reason::kValuesInvalid, problem->what);
    }
    for (const auto& entry : node)
      RETURN_IF_ERROR(Resolve(node.IsMap() ? YAML::Node(entry.second) : YAML::Node(entry)));
    return absl::OkStatus();
  }

  // What is beyond the bound is left out: left_ tells.
  Value Read(const YAML::Node& node) {
    Value value;
    if (--left_ < 0) return value;
    if (node.IsScalar()) {
      value.scalar = ScalarToJson<Json>(node);
      value.secret = secret_.contains(SetKey(path_));
    } else if (node.IsSequence()) {
      value.kind = Value::Kind::kList;
      for (const YAML::Node& item : node) {
        path_.push_back({"", static_cast<int64_t>(value.list.size())});
        value.list.push_back(Read(item));
        path_.pop_back();
      }
    } else if (node.IsMap()) {
      value.kind = Value::Kind::kMap;
      for (const auto& entry : node) {
        path_.push_back({entry.first.IsScalar() ? entry.first.Scalar() : ""});
        value.map[path_.back().name] = Read(entry.second);
        path_.pop_back();
      }
    }
    return value;
  }

  const ChartSecrets& secrets_;
  std::set<std::string> secret_;  // of the layer that is read
  KeyPath path_;
  int left_ = 100'000, to_resolve_ = 100'000;
};

void MergedValues::Cover(Value above, Value* below) {
  if (above.kind != Value::Kind::kMap || below->kind != Value::Kind::kMap) {
    *below = std::move(above);
    return;
  }
  for (auto& [name, value] : above.map) {
    const auto [at, is_new] = below->map.try_emplace(name);
    is_new ? void(at->second = std::move(value)) : Cover(std::move(value), &at->second);
  }
}

absl::StatusOr<MergedValues> MergedValues::Read(const v1::ChartInfo& chart,
                                                const std::string& chart_values_yaml,
                                                const std::set<int>& from_secrets,
                                                const ChartSecrets& secrets) {
  Reader reader(secrets);
  MergedValues merged;
  merged.root_.kind = Value::Kind::kMap;
  RETURN_IF_ERROR(
      reader.Add("the chart's values.yaml", chart_values_yaml, LayerKind::kValues, &merged.root_));
  // helm merges the caller's layers first, and puts the result over the chart's.
  Value asked;
  asked.kind = Value::Kind::kMap;
  for (const v1::ValuesFile& file : chart.values_files())
    RETURN_IF_ERROR(reader.Add(file.name(), file.content(), LayerKind::kValues, &asked));
  for (int i = 0; i < chart.yaml_files_content_size(); ++i) {
    const v1::ValuesFile& file = chart.yaml_files_content(i);
    const LayerKind kind = from_secrets.contains(i) ? LayerKind::kSecret : LayerKind::kValues;
    RETURN_IF_ERROR(reader.Add(file.name(), file.content(), kind, &asked));
  }
  ASSIGN_OR_RETURN(const std::string values, SetPairsToJson(chart.values(), false));
  ASSIGN_OR_RETURN(const std::string strings, SetPairsToJson(chart.values_string(), true));
  RETURN_IF_ERROR(reader.Add("values", values, LayerKind::kValues, &asked));
  RETURN_IF_ERROR(reader.Add("values_string", strings, LayerKind::kStrings, &asked));
  Cover(std::move(asked), &merged.root_);
  return merged;
}

Json MergedValues::ToJson(const Value& value, KeyPath* path, std::vector<std::string>* secret) {
  if (value.kind == Value::Kind::kList) {
    Json list = Json::array();
    for (const Value& item : value.list) {
      path->push_back({"", static_cast<int64_t>(list.size())});
      list.push_back(ToJson(item, path, secret));
      path->pop_back();
    }
    return list;
  }
  if (value.kind == Value::Kind::kMap) {
    Json map = Json::object();
    for (const auto& [name, entry] : value.map) {
      if (entry.is_null()) continue;
      path->push_back({name});
      map[name] = ToJson(entry, path, secret);
      path->pop_back();
    }
    return map;
  }
  if (value.secret) secret->push_back(SetKey(*path));
  return value.scalar;
}

std::optional<FoundAt> MergedValues::At(const KeyPath& path) const {
  const Value* at = &root_;
  for (const KeyPart& part : path) {
    if (part.is_index()) {
      const auto index = static_cast<size_t>(part.index);
      if (at->kind != Value::Kind::kList || index >= at->list.size()) return std::nullopt;
      at = &at->list[index];
    } else {
      const auto found = at->map.find(part.name);
      if (found == at->map.end()) return std::nullopt;
      at = &found->second;
    }
  }
  if (at->is_null()) return std::nullopt;
  FoundAt found;
  KeyPath here = path;
  found.value = ToJson(*at, &here, &found.secret);
  return found;
}

}  // namespace wheelhouse::helm

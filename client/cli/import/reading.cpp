#include "client/cli/import/reading.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <set>

#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/formats/yaml_scalar.h"
#include "common/reason.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

// What an object that is merged is called.
PlanJson TargetOf(const std::string& text) {
  try {
    const Node object = LoadFirstYaml(text);
    return {{"kind", TextOf(FieldOf(object, "kind"))},
            {"name", TextOf(FieldOf(FieldOf(object, "metadata"), "name"))}};
  } catch (const YAML::Exception&) {
    return PlanJson::object();
  }
}

// `{{ x }}` is a mapping with a mapping for a key.
void FindTemplates(const Node& node, const std::string& file, bool in_texts,
                   std::vector<FieldViolation>* found) {
  const auto add = [&](const Node& at) {
    found->push_back({YamlLocation(file, MarkOf(at)), "is a template: render the file first"});
  };
  if (node.IsScalar() && in_texts && absl::StrContains(node.Scalar(), "{{")) return add(node);
  if (node.IsSequence()) {
    for (const Node& item : node) FindTemplates(item, file, in_texts, found);
  } else if (node.IsMap()) {
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return add(node);
      FindTemplates(entry.second, file, in_texts, found);
    }
  }
}

}  // namespace

void Reading::Missing(const Node& node, const std::string& what) {
  missing_.push_back(absl::StrCat(YamlLocation(file_, MarkOf(node)), ": ", what));
}

void Reading::ReadFields(const Node& map, const std::string& path, const FieldReaders& readers) {
  if (!map.IsDefined() || !map.IsMap()) return;
  for (const auto& entry : map) {
    const std::string key = TextOf(entry.first);
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      Missing(entry.first,
              absl::StrCat(path, path.empty() ? "" : ".", key, " is not carried over"));
    } else if (reader->second && !entry.second.IsNull()) {
      reader->second(entry.second);
    }
  }
}

absl::StatusOr<std::vector<Node>> ReadDocuments(const SourceFile& file, bool texts_are_templates) {
  std::vector<Node> documents;
  std::vector<FieldViolation> templates;
  for (const YamlText& document : SplitYaml(file.text)) {
    // Lines are counted from the file's beginning.
    const std::string text =
        std::string(static_cast<size_t>(document.line - 1), '\n') + document.text;
    ASSIGN_OR_RETURN(const Node node, LoadYaml(text, file.name, Reason::kPlanInvalid));
    if (node.IsNull()) continue;
    FindTemplates(node, file.name, texts_are_templates, &templates);
    documents.push_back(node);
  }
  if (!templates.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(templates));
  return documents;
}

std::string TextOf(const Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

Node FieldOf(const Node& map, const std::string& key) {
  if (!map.IsDefined() || !map.IsMap()) return Node(YAML::NodeType::Undefined);
  const Node found = map[key];
  return found.IsDefined() ? found : Node(YAML::NodeType::Undefined);
}

std::vector<std::string> TextsOf(const Node& list) {
  std::vector<std::string> texts;
  if (!list.IsDefined()) return texts;
  if (list.IsScalar()) return {list.Scalar()};
  for (const Node& item : list) texts.push_back(TextOf(item));
  return texts;
}

bool IsTrue(const Node& node) {
  return node.IsDefined() && node.IsScalar() && TypeOf(node) == YamlType::kTrue;
}

PlanJson JsonOf(const Node& node) {
  if (!node.IsDefined()) return nullptr;
  if (node.IsMap()) {
    PlanJson map = PlanJson::object();
    for (const auto& entry : node) map[TextOf(entry.first)] = JsonOf(entry.second);
    return map;
  }
  if (node.IsSequence()) {
    PlanJson list = PlanJson::array();
    for (const Node& item : node) list.push_back(JsonOf(item));
    return list;
  }
  return node.IsScalar() ? ScalarToJson<PlanJson>(node) : PlanJson();
}

void AddValues(const Node& values, const std::string& name, PlanJson* chart) {
  if (!values.IsDefined() || values.size() == 0) return;
  (*chart)["yamlFilesContent"].push_back(
      {{"name", name}, {"content", JsonOf(values).dump(2) + "\n"}});
}

void AddPair(const char* list, const std::string& key, const std::string& value, PlanJson* chart) {
  (*chart)[list].push_back({{"key", key}, {"value", value}});
}

void SetRepositoryChart(const std::string& url, const std::string& name, const std::string& version,
                        PlanJson* chart) {
  PlanJson source = PlanJson::object();
  if (absl::StartsWith(url, "oci://")) {
    const std::string folder(absl::StripSuffix(url, "/"));
    source["oci"] = name.empty() ? folder : absl::StrCat(folder, "/", name);
  } else {
    source["repository"] = url;
    source["name"] = name;
  }
  if (!version.empty()) source["version"] = version;
  (*chart)["chart"] = std::move(source);
}

void AddPatch(PlanJson target, const std::string& text, PlanJson* chart) {
  const bool operations = absl::StartsWith(text, "-") || absl::StartsWith(text, "[");
  PlanJson patch = PlanJson::object();
  if (target.empty() && !operations) target = TargetOf(text);
  if (!target.empty()) patch["target"] = std::move(target);
  patch[operations ? "json6902" : "strategicMerge"] = text;
  (*chart)["patches"].push_back(std::move(patch));
}

void OrderByLevels(const std::vector<int>& levels, PlanJson* charts) {
  const std::set<int> known(levels.begin(), levels.end());
  for (size_t i = 0; i < levels.size(); ++i) {
    const auto own = known.find(levels[i]);
    if (own == known.begin()) continue;
    const int before = *std::prev(own);
    for (size_t k = 0; k < levels.size(); ++k) {
      if (levels[k] != before) continue;
      const PlanJson& other = (*charts)[k];
      (*charts)[i]["dependsOn"].push_back(absl::StrCat(other.value("namespace", ""),
                                                       other.contains("namespace") ? "/" : "",
                                                       other.value("name", "")));
    }
  }
}

}  // namespace wheelhouse::cli

#include "server/plan/fields/patches_check.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

#include "common/formats/json_document.h"
#include "common/formats/values_layer.h"
#include "common/formats/yaml_document.h"

namespace wheelhouse::plan {
namespace {

constexpr size_t kMaxPatchBytes = size_t{1} << 20;

void CheckOperations(const std::string& text, const std::string& path, FieldViolations* wrong) {
  YAML::Node list;
  try {
    list = LoadFirstYaml(text);
  } catch (const YAML::Exception& error) {
    wrong->push_back({path, absl::StrCat("is not YAML: line ", error.mark.line + 1, ", column ",
                                         error.mark.column + 1, ": ", error.msg)});
    return;
  }
  if (!list.IsSequence() || list.size() == 0) {
    wrong->push_back(
        {path, "must be a list of operations: {op: replace, path: /spec/x, value: 1}."});
    return;
  }
  const auto field = [](const YAML::Node& node, const char* name) {
    return node[name] && node[name].IsScalar() ? node[name].Scalar() : std::string();
  };
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    const YAML::Node node = list[i];
    const std::string op = node.IsMap() ? field(node, "op") : "";
    const bool copies = op == "move" || op == "copy";
    const bool valued = op == "add" || op == "replace" || op == "test";
    if (!copies && !valued && op != "remove") {
      wrong->push_back({at, "must have an op: add, remove, replace, move, copy or test."});
      continue;
    }
    if (!absl::StartsWith(field(node, "path"), "/"))
      wrong->push_back({at, "must have a path that is a JSON pointer, such as `/spec/replicas`."});
    if (copies && !absl::StartsWith(field(node, "from"), "/"))
      wrong->push_back({at, absl::StrCat(op, " must have a from that is a JSON pointer.")});
    if (valued && !node["value"]) wrong->push_back({at, absl::StrCat(op, " must have a value.")});
  }
}

void CheckMerge(const std::string& text, const std::string& path, FieldViolations* wrong) {
  const auto layer = ParseValuesLayer("line and column", text);
  if (!layer.ok()) {
    wrong->push_back({path, std::string(layer.status().message())});
    return;
  }
  const YAML::Node& root = layer->root;
  // kustomize does not accept any other text as a strategic merge patch, whatever the target says.
  if (!root.IsMap() || !root["kind"] || !root["metadata"] || !root["metadata"].IsMap() ||
      !root["metadata"]["name"]) {
    wrong->push_back({path,
                      "must be a YAML mapping with kind and metadata.name, as kustomize requires "
                      "(`target` selects what it applies to)."});
  }
}

}  // namespace

bool SelectsNothing(const v1::PatchTarget& target) {
  return target.group().empty() && target.version().empty() && target.kind().empty() &&
         target.name().empty() && target.namespace_().empty() && target.label_selector().empty();
}

void CheckPatches(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < chart.patches_size(); ++i) {
    const v1::Patch& patch = chart.patches(i);
    const std::string at = absl::StrCat(path, ".patches[", i, "]");
    if (SelectsNothing(patch.target()))
      wrong->push_back(
          {at + ".target", "must select what is patched: set at least one of its fields."});
    if (patch.patch_case() == v1::Patch::PATCH_NOT_SET) {
      wrong->push_back({at, "must have strategicMerge or json6902."});
      continue;
    }
    const bool operations = patch.has_json6902();
    const std::string& text = operations ? patch.json6902() : patch.strategic_merge();
    const std::string field = at + (operations ? ".json6902" : ".strategic_merge");
    if (text.size() > kMaxPatchBytes) {
      wrong->push_back({field, "must be at most 1 MiB."});
    } else {
      operations ? CheckOperations(text, field, wrong) : CheckMerge(text, field, wrong);
    }
  }
}

bool ReadsAsPatch(const std::string& text, v1::PatchStep::PatchCase kind) {
  const nlohmann::json patch = ParseJson(text);
  return kind == v1::PatchStep::kJson ? patch.is_array() : patch.is_object();
}

}  // namespace wheelhouse::plan

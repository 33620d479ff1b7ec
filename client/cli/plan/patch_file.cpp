#include "client/cli/plan/patch_file.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/formats/manifest.h"
#include "common/formats/yaml_document.h"
#include "common/formats/yaml_proto.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

// Its name as a regular expression that matches nothing else.
std::string Literally(const std::string& name) {
  std::string pattern;
  for (const char c : name) absl::StrAppend(&pattern, c == '.' ? "\\" : "", std::string(1, c));
  return pattern;
}

std::string TextOf(const YAML::Node& node) {
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

v1::Patch MergePatch(const YAML::Node& object, const std::string& text) {
  v1::Patch patch;
  v1::PatchTarget* target = patch.mutable_target();
  target->set_group(GroupOf(TextOf(object["apiVersion"])));
  target->set_kind(TextOf(object["kind"]));
  target->set_name(Literally(TextOf(object["metadata"]["name"])));
  target->set_namespace_(TextOf(object["metadata"]["namespace"]));
  patch.set_strategic_merge(text);
  return patch;
}

absl::StatusOr<v1::Patch> ParseOne(const YamlText& document, const std::string& file) {
  // Lines are counted from the file's beginning.
  const std::string text =
      std::string(static_cast<size_t>(document.line - 1), '\n') + document.text;
  ASSIGN_OR_RETURN(const YAML::Node node, LoadYaml(text, file, Reason::kPlanInvalid));
  v1::Patch patch;
  if (node.IsMap() && node["target"]) {
    RETURN_IF_ERROR(ReadYaml(text, {file}, {}, &patch));
    return patch;
  }
  const bool named = node.IsMap() && node["metadata"] && node["metadata"].IsMap() &&
                     !TextOf(node["kind"]).empty() && !TextOf(node["metadata"]["name"]).empty();
  if (named) return MergePatch(node, document.text);
  return MakeInvalid(
      Reason::kPlanInvalid,
      {{YamlLocation(file, node.Mark()),
        "expected an object with kind and metadata.name, which is merged into those "
        "so called, or a mapping with `target` and `strategicMerge` or `json6902`"}});
}

}  // namespace

absl::StatusOr<std::vector<v1::Patch>> ParsePatches(const std::string& text,
                                                    const std::string& file) {
  std::vector<v1::Patch> patches;
  for (const YamlText& document : SplitYaml(text)) {
    ASSIGN_OR_RETURN(const YAML::Node node, LoadYaml(document.text, file, Reason::kPlanInvalid));
    if (node.IsNull()) continue;
    ASSIGN_OR_RETURN(patches.emplace_back(), ParseOne(document, file));
  }
  if (patches.empty())
    return MakeInvalid(Reason::kPlanInvalid, {{absl::StrCat(file, ":1:1"), "there is no patch"}});
  return patches;
}

}  // namespace wheelhouse::cli

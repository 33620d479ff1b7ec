#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "server/plan/fields/object_refs.h"
#include "server/plan/fields/patches_check.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckPatch(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::PatchStep& patch = step.patch();
  CheckRefs(patch.objects(), {}, path + ".patch", wrong);
  if (patch.patch_case() == v1::PatchStep::PATCH_NOT_SET) {
    wrong->push_back({path + ".patch", "expected one of merge, strategic, json"});
    return;
  }
  const auto check = [&](const std::string& text, const char* field) {
    // With payload keys, the text is checked when the step runs.
    if (absl::StrContains(text, "${payload.") || ReadsAsPatch(text, patch.patch_case())) return;
    wrong->push_back(
        {absl::StrCat(path, ".patch.", field),
         patch.has_json() ? "expected a JSON list of operations" : "expected a JSON object"});
  };
  if (patch.has_strategic()) return check(patch.strategic(), "strategic");
  if (patch.has_json()) return check(patch.json(), "json");
  check(patch.merge(), "merge");
}

void AddNamespacesOfPatch(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.patch().objects(), {}, namespaces);
}

}  // namespace wheelhouse::plan

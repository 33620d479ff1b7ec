#include <absl/strings/str_cat.h>

#include "common/formats/manifest.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckApply(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const auto objects = ReadManifests(step.apply().manifests(), "manifests");
  if (!objects.ok())
    return wrong->push_back({path + ".apply.manifests", FailureOf(objects.status()).message()});
  if (objects->empty())
    wrong->push_back({path + ".apply.manifests", "expected at least one object"});
  for (const ManifestObject& object : *objects) {
    if (object.name.empty() || object.api_version.empty()) {
      wrong->push_back({path + ".apply.manifests",
                        absl::StrCat("the ", object.kind, " needs apiVersion and metadata.name")});
    }
  }
}

void AddNamespacesOfApply(const v1::Step& step, std::set<std::string>* namespaces) {
  const auto objects = ReadManifests(step.apply().manifests(), "manifests");
  if (!objects.ok()) return;
  for (const ManifestObject& object : *objects) {
    if (!object.ns.empty()) namespaces->insert(object.ns);
    if (object.kind == "Namespace" && !object.name.empty()) namespaces->insert(object.name);
  }
}

}  // namespace wheelhouse::plan

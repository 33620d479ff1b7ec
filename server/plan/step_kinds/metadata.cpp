#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckMetadata(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::MetadataStep& metadata = step.metadata();
  CheckRefs(metadata.objects(), {}, path + ".metadata", wrong);
  if (metadata.labels().empty() && metadata.annotations().empty() &&
      metadata.remove_labels().empty() && metadata.remove_annotations().empty()) {
    wrong->push_back({path + ".metadata", "expected labels or annotations to set or to remove"});
  }
}

void AddNamespacesOfMetadata(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.metadata().objects(), {}, namespaces);
}

}  // namespace wheelhouse::plan

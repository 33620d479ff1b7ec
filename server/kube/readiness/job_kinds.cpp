#include <absl/strings/str_cat.h>

#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {

Readiness JobReadiness(const Json& object, const ReadinessRules& rules) {
  if (ConditionStatus(object, "Failed") == "True")
    return Readiness::Failed(absl::StrCat("failed: ", ConditionWords(object, "Failed")));
  if (ConditionStatus(object, "Complete") == "True") return Readiness::Ready();
  if (object.value("/spec/suspend"_json_pointer, Json()) == true)
    return rules.finished_jobs ? Readiness::Waiting("is suspended")
                               : Readiness::Ready("is suspended");
  return Readiness::Waiting(absl::StrCat(Int(object, "/status/succeeded"), " of ",
                                         Int(object, "/spec/completions", 1), " completed"));
}

Readiness PodReadiness(const Json& object) {
  const std::string phase = Text(object, "/status/phase");
  if (phase == "Succeeded") return Readiness::Ready();
  if (phase == "Failed")
    return Readiness::Failed(absl::StrCat("failed: ", Text(object, "/status/reason")));
  return ConditionReadiness(object, "Ready");
}

}  // namespace wheelhouse::kube

#include <absl/strings/str_cat.h>

#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {

// helm 3 waits for the address, helm 4 does not (4.3.1, 3.22.0).
Readiness ServiceReadiness(const Json& object, const ReadinessRules& rules) {
  const bool has_address = !List(object, "/status/loadBalancer/ingress").empty() ||
                           !List(object, "/spec/externalIPs").empty();
  if (Text(object, "/spec/type") != "LoadBalancer" || has_address) return Readiness::Ready();
  constexpr char kNone[] = "has no address of a load balancer yet";
  return rules.load_balancers ? Readiness::Waiting(kNone) : Readiness::Ready(kNone);
}

Readiness ClaimReadiness(const Json& object, const ReadinessRules& rules) {
  const std::string phase = Text(object, "/status/phase");
  if (phase == "Bound") return Readiness::Ready();
  if (phase != "Lost" &&
      rules.binding_at_first_use.contains(Text(object, "/spec/storageClassName")))
    return Readiness::Ready("is bound when a pod first uses it");
  return Readiness::Waiting(absl::StrCat("is ", phase.empty() ? "Pending" : phase));
}

Readiness NamespaceReadiness(const Json& object) {
  const std::string phase = Text(object, "/status/phase");
  return phase == "Active" ? Readiness::Ready() : Readiness::Waiting(absl::StrCat("is ", phase));
}

}  // namespace wheelhouse::kube

// One chart of one run, as its steps act on it: what was asked for it, and the means. Lent to steps
// and to what they call; what the run finds out is in known.h.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/helm/helm_client.h"
#include "server/helm/releases.h"
#include "server/kube/kube_client.h"
#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/known.h"
#include "server/lifecycle/core/report.h"
#include "server/lifecycle/core/services.h"

namespace wheelhouse::lifecycle {

// Used by the thread that runs the chart, and by a step's own threads.
struct Chart {
  const Asked& asked;
  const Services& services;
  const Bounds& bounds;
  Report& report;

  const v1::ChartInfo& info() const { return asked.info; }
  // NAMESPACE/NAME.
  std::string Name() const { return asked.Name(); }
  kube::KubeClient& kube() const { return asked.request.cluster->client(); }
  // Whether the run is undoing what it has changed.
  bool undoes() const { return report.position().stage == v1::STAGE_ON_DEPLOY_FAILURE; }
  helm::ReleaseTarget target() const {
    return {asked.request.cluster, info().namespace_(), info().name(), &report.redactor(),
            undoes()};
  }

  // The release's records as they are now, newest first.
  absl::StatusOr<std::vector<helm::ReleaseRecord>> Records(const Context& context) const;

  // OK when the run holds `ns`, NAMESPACE_NOT_ALLOWED naming `object` otherwise. Cluster-scoped
  // (empty) is fine.
  absl::Status CheckNamespace(const std::string& ns, const std::string& object) const;

  // Resolves the kind and fills in the chart's namespace; checks that the run holds it.
  absl::StatusOr<kube::ObjectId> Identify(const Context& context, const std::string& api_version,
                                          const std::string& kind, const std::string& ns,
                                          const std::string& name) const;
};

}  // namespace wheelhouse::lifecycle

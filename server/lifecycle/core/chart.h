// One chart of one run, as its steps act on it: what was asked for it, and the means. Lent to steps
// and to what they call; what the run finds out is in known.h.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
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

// Used by the thread that runs the chart, and by a step's own threads; what says that it may be
// shared by the former alone.
struct Chart {
  const Asked& asked;
  const Services& services;
  const Bounds& bounds;
  Report& report;
  // What the checks share with those of other charts; nullptr: nothing.
  kube::SharedView* view = nullptr;

  const v1::ChartInfo& info() const { return asked.info; }
  // NAMESPACE/NAME.
  std::string Name() const { return asked.Name(); }
  kube::KubeClient& kube() const { return asked.request.cluster->client(); }
  // Whether the run is undoing what it has changed.
  bool undoes() const { return report.position().stage == v1::STAGE_ON_DEPLOY_FAILURE; }
  // `context`, for what waits and changes nothing meanwhile: it ends when a newer run takes over,
  // too. (What undoes is finished.)
  Context Waiting(const Context& context) const {
    return undoes() ? context : context.EndingWith(bounds.halt);
  }
  helm::ReleaseTarget target() const {
    return {asked.request.cluster, info().namespace_(), info().name(), &report.redactor(),
            undoes()};
  }

  // The release's records, newest first: as they are now, or, until the chart begins to change
  // something, as a list shows them that may be shared (kube/shared_reads.h).
  absl::StatusOr<std::vector<helm::ReleaseRecord>> Records(const Context& context) const;

  // The same for a caller that has them as they were, and those from a revision on, with perhaps
  // earlier ones: as they are now. Faster than a list where nothing new has come (helm/releases.h).
  absl::StatusOr<std::vector<helm::ReleaseRecord>> RecordsAgain(
      const Context& context, const std::vector<helm::ReleaseRecord>& before) const;
  absl::StatusOr<std::vector<helm::ReleaseRecord>> RecordsFrom(const Context& context,
                                                               int revision) const;

  // What lists that are shared show of an object, until the chart begins to change something:
  // nullptr where there is none, or where they do not show it, and then the server has to be asked.
  // Of kinds that are ready because they exist only the metadata. The object must carry helm's
  // label, as all that helm makes does, or be a Namespace.
  absl::StatusOr<std::shared_ptr<const kube::Json>> Glimpse(const Context& context,
                                                            const kube::ObjectId& id) const;
  // Of each of several objects, whose lists are read at the same time.
  absl::StatusOr<std::vector<std::shared_ptr<const kube::Json>>> Glimpses(
      const Context& context, const std::vector<kube::ObjectId>& ids) const;

  // As KubeClient's; answers may be shared.
  absl::StatusOr<std::string> ServerVersion(const Context& context) const;
  absl::StatusOr<bool> MayI(const Context& context, const kube::AccessReview& review) const;
  // The answer to each. Those that are not known are asked for at the same time.
  std::vector<absl::StatusOr<bool>> MayI(const Context& context,
                                         const std::vector<kube::AccessReview>& reviews) const;

  // OK when the run holds `ns`, NAMESPACE_NOT_ALLOWED naming `object` otherwise. Cluster-scoped
  // (empty) is fine.
  absl::Status CheckNamespace(const std::string& ns, const std::string& object) const;

  // Resolves the kind and fills in the chart's namespace; checks that the run holds it.
  absl::StatusOr<kube::ObjectId> Identify(const Context& context, const std::string& api_version,
                                          const std::string& kind, const std::string& ns,
                                          const std::string& name) const;
};

}  // namespace wheelhouse::lifecycle

// What a DriftWatch sees, in the daemon's own log: a release once when it has drifted, or drifted
// otherwise, and when it is as it should be again; each round of a cluster as one line.
#pragma once

#include "server/inspection/drift_watch.h"

namespace wheelhouse::inspection {

class DriftLog final : public DriftObserver {
 public:
  void OnRelease(const std::string& cluster, const v1::ReleaseDrift& drift,
                 const v1::DriftCheck* before) override;
  void OnCluster(const std::string& cluster, int releases, int drifted,
                 const absl::Status& failed) override;
};

// `prod: shop/web, revision 3, has drifted: Deployment shop/web .spec.replicas (kubectl-edit)`; no
// values.
std::string DriftLine(const std::string& cluster, const v1::ReleaseDrift& drift);

}  // namespace wheelhouse::inspection

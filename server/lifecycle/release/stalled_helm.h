// A helm that waits, before it runs post hooks, for what is ready by the daemon's own rules and
// never will be by helm's: a DaemonSet whose pods OnDelete does not replace (helm 4), a suspended
// Job, a claim that is bound at first use, a LoadBalancer without an address (helm 3).
#pragma once

#include <absl/time/time.h>

#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::lifecycle {

// Used by one thread.
class StalledHelm {
 public:
  // How long everything has to be ready before helm is thought to wait for nothing.
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // Both are lent. `manifest` is what helm applies, `revision` what it was asked for.
  StalledHelm(const Chart& chart, const std::vector<ManifestObject>& manifest, int revision)
      : chart_(chart), manifest_(manifest), revision_(revision) {}

  // Takes what a look has shown. True when all has been ready for kPatience and helm only waits:
  // its pre hooks are done, it has applied everything, and no post hook has begun.
  bool Sees(const Context& context, const v1::Progress& progress);

 private:
  bool OnlyWaits(const Context& context) const;
  bool HasApplied(const Context& context) const;

  const Chart& chart_;
  const std::vector<ManifestObject>& manifest_;
  const int revision_;
  absl::Time ready_since_ = absl::InfiniteFuture();
};

}  // namespace wheelhouse::lifecycle

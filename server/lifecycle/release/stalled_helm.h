// A helm that waits, before it runs post hooks, for what is ready by the daemon's own rules and
// never will be by helm's: a DaemonSet whose pods OnDelete does not replace (helm 4), a suspended
// Job, a claim that is bound at first use, a LoadBalancer without an address (helm 3).
#pragma once

#include <absl/time/time.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/helm_watch.h"
#include "server/lifecycle/objects/manifests.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::lifecycle {

// What helm was asked for.
struct HelmsTask {
  v1::Decision decision;  // whose hooks run (HookEventsOf)
  int revision = 0;       // the one that helm makes
  // Whether the record of that number is what this helm makes.
  std::function<bool(const helm::ReleaseRecord&)> own;
  // When the hooks, by name, last began in the record that helm copies them from.
  std::map<std::string, std::string> earlier = {};
};

// Used by one thread.
class StalledHelm {
 public:
  // How long everything has to be ready before helm is thought to wait for nothing.
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // The chart and `manifest`, which is what helm applies, are lent.
  StalledHelm(const Chart& chart, const std::vector<ManifestObject>& manifest, HelmsTask task)
      : chart_(chart), manifest_(manifest), task_(std::move(task)) {}

  // Takes what a look has shown. True when all has been ready for kPatience and helm only waits:
  // its pre hooks are done, it has applied everything, and no post hook has begun.
  bool Sees(const Context& context, const v1::Progress& progress);
  // Whether helm only waits now, be it for what is not ready.
  bool OnlyWaits(const Context& context) const;

 private:
  bool BetweenHooks(const helm::Release& release) const;
  bool HasApplied(const Context& context) const;

  const Chart& chart_;
  const std::vector<ManifestObject>& manifest_;
  const HelmsTask task_;
  absl::Time ready_since_ = absl::InfiniteFuture();
};

// Begins to watch helm as it applies `objects`, hooks included, to do what was decided: the hooks,
// and, where helm waits by itself, the objects. `waiting` says then whether it waits for nothing,
// which ends the watch's scope with HelmStalled, or only waits while a newer run wants to take
// over, which ends it with SUPERSEDED; nullptr where helm does not wait. `waiting` is lent.
void WatchHelm(const Context& context, const Chart& chart,
               const std::vector<ManifestObject>& objects, v1::Decision decision,
               UpcomingChange change, StalledHelm* waiting, HelmWatch& watch);

// Why a helm was ended that waited for what is ready already: it has to be asked again, without
// waiting. Nobody else sees it.
absl::Status HelmStalled();

}  // namespace wheelhouse::lifecycle

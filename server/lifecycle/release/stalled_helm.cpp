#include "server/lifecycle/release/stalled_helm.h"

#include <absl/strings/match.h>

#include <algorithm>

#include "common/failure.h"
#include "server/helm/releases.h"
#include "server/kube/dry_run.h"
#include "server/kube/readiness/new_pods.h"
#include "server/lifecycle/objects/hooks.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

bool RunsOnOneOf(const helm::ReleaseHook& hook, const std::vector<std::string>& events,
                 const char* when) {
  return std::ranges::any_of(events, [&](const std::string& event) {
    return absl::StartsWith(event, when) && hook.events.contains(event);
  });
}

}  // namespace

bool StalledHelm::Sees(const Context& context, const v1::Progress& progress) {
  const absl::Time now = chart_.services.clock.Now();
  if (progress.ready() < progress.total()) {
    ready_since_ = absl::InfiniteFuture();
    return false;
  }
  ready_since_ = std::min(ready_since_, now);
  return now - ready_since_ >= kPatience && OnlyWaits(context);
}

bool StalledHelm::OnlyWaits(const Context& context) const {
  const auto records = chart_.Records(context);
  if (!records.ok()) return false;
  const helm::ReleaseRecord* own = helm::FindRecord(*records, task_.revision);
  if (own == nullptr || !task_.own(*own) || !own->Pending()) return false;
  const auto release = helm::ReadRelease(context, chart_.kube(), *own);
  return release.ok() && BetweenHooks(*release) && HasApplied(context);
}

// helm writes into the record when it begins a hook, and how it ended (4.3.1, 3.22.0).
bool StalledHelm::BetweenHooks(const helm::Release& release) const {
  const std::vector<std::string> events = HookEventsOf(task_.decision);
  return std::ranges::all_of(release.hooks, [&](const helm::ReleaseHook& hook) {
    const auto earlier = task_.earlier.find(hook.name);
    const bool begun =
        hook.last_started != (earlier == task_.earlier.end() ? std::string() : earlier->second);
    if (RunsOnOneOf(hook, events, "post-") && begun) return false;
    return !RunsOnOneOf(hook, events, "pre-") || (begun && hook.last_phase == "Succeeded");
  });
}

// Before that, what is ready may be what was there before.
bool StalledHelm::HasApplied(const Context& context) const {
  return std::ranges::all_of(manifest_, [&](const ManifestObject& object) {
    if (object.hook || object.name.empty()) return true;
    const auto id =
        chart_.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (!id.ok()) return false;
    if (!kube::HasPods(id->type)) return true;
    const auto live = chart_.kube().Get(context, *id);
    return live.ok() && !kube::WouldChange(context, chart_.kube(), *id, *live, object.text);
  });
}

void WatchHelm(const Context& context, const Chart& chart,
               const std::vector<ManifestObject>& objects, v1::Decision decision,
               UpcomingChange change, StalledHelm* waiting, HelmWatch& watch) {
  auto awaited = HooksToRun(context, chart, objects, HookEventsOf(decision));
  HelmWatch::OnLook on_look;
  if (waiting != nullptr) {
    for (kube::Awaited& one : AwaitedIn(context, chart, objects)) awaited.push_back(std::move(one));
    on_look = [waiting, &chart](const Context& within, const v1::Progress& progress) {
      if (const absl::Status ended = chart.Waiting(within).Check();
          HasReason(ended, Reason::kSuperseded) && waiting->OnlyWaits(within))
        return ended;
      return waiting->Sees(within, progress) ? HelmStalled() : absl::OkStatus();
    };
  }
  watch.Begin(
      std::move(awaited),
      [upcoming = std::move(change)](const Context& within, const kube::ObjectId& id,
                                     const kube::Json& live) mutable {
        return upcoming.Of(within, id, live);
      },
      std::move(on_look));
}

absl::Status HelmStalled() { return absl::AbortedError("helm waits for what is ready"); }

}  // namespace wheelhouse::lifecycle

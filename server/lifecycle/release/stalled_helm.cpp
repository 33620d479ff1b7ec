#include "server/lifecycle/release/stalled_helm.h"

#include <absl/strings/match.h>

#include <algorithm>

#include "server/helm/releases.h"
#include "server/kube/dry_run.h"
#include "server/kube/readiness/new_pods.h"
#include "server/lifecycle/release/made.h"

namespace wheelhouse::lifecycle {
namespace {

// helm writes into the record when it begins a hook, and how it ended (4.3.1, 3.22.0).
bool BetweenHooks(const helm::Release& release) {
  return std::ranges::all_of(release.hooks, [](const helm::ReleaseHook& hook) {
    const auto of = [&hook](const char* when) {
      return std::ranges::any_of(
          hook.events, [when](const std::string& event) { return absl::StartsWith(event, when); });
    };
    if (of("post-") && !hook.last_started.empty()) return false;
    return !of("pre-") || hook.last_phase == "Succeeded";
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
  const helm::ReleaseRecord* own = FindOwn(*records, revision_, chart_);
  if (own == nullptr || !own->Pending()) return false;
  const auto release = helm::ReadRelease(context, chart_.kube(), *own);
  return release.ok() && BetweenHooks(*release) && HasApplied(context);
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

}  // namespace wheelhouse::lifecycle

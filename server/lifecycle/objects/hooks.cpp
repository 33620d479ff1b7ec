#include "server/lifecycle/objects/hooks.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "common/failure.h"

namespace wheelhouse::lifecycle {
namespace {

// helm reads the annotation as a list, in any case.
std::string FirstOf(const ManifestObject& hook, const std::vector<std::string>& events) {
  for (const absl::string_view one : absl::StrSplit(hook.hook_events, ',')) {
    std::string event(absl::StripAsciiWhitespace(one));
    absl::AsciiStrToLower(&event);
    if (std::ranges::find(events, event) != events.end()) return event;
  }
  return "";
}

}  // namespace

std::vector<kube::Awaited> HooksToRun(const Context& context, const Chart& chart,
                                      const std::vector<ManifestObject>& manifest,
                                      const std::vector<std::string>& events) {
  std::vector<kube::Awaited> hooks;
  for (const ManifestObject& object : manifest) {
    const bool waited_for = (object.api_version == "batch/v1" && object.kind == "Job") ||
                            (object.api_version == "v1" && object.kind == "Pod");
    const std::string event = object.hook && waited_for ? FirstOf(object, events) : "";
    if (event.empty() || object.name.empty()) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (!id.ok()) continue;
    kube::Awaited hook{*std::move(id)};
    hook.hook = event;
    const auto live = chart.kube().Get(context, hook.id);
    if (!live.ok() && !HasReason(live.status(), Reason::kObjectNotFound)) continue;
    if (live.ok()) hook.old_uid = kube::Text(*live, "/metadata/uid");
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

bool RunsOn(const ManifestObject& object, const std::string& event) {
  return !FirstOf(object, {event}).empty();
}

std::vector<std::string> HookEventsOf(v1::Decision decision) {
  switch (decision) {
    case v1::DECISION_INSTALL:
    case v1::DECISION_REINSTALL:
      return {"pre-install", "post-install"};
    case v1::DECISION_DESTROY:
      return {"pre-delete", "post-delete"};
    case v1::DECISION_ROLLBACK:
      return {"pre-rollback", "post-rollback"};
    default:
      return {"pre-upgrade", "post-upgrade"};
  }
}

}  // namespace wheelhouse::lifecycle

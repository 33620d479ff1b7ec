#include "server/lifecycle/release/clear_record.h"

#include <absl/strings/str_cat.h>

#include <set>
#include <string>

#include "common/status_macros.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/left_out.h"
#include "server/lifecycle/objects/manifests.h"

namespace wheelhouse::lifecycle {
namespace {

using Objects = std::vector<ManifestObject>;

void Join(LeftOut more, LeftOut* left) {
  for (const auto list : {&LeftOut::unserved, &LeftOut::moved, &LeftOut::anothers})
    (left->*list).insert((left->*list).end(), (more.*list).begin(), (more.*list).end());
}

// Leaves out what another release owns of those objects that `stays` does not hold.
absl::StatusOr<LeftOut> LeaveOutOfThoseThatGo(const Context& context, const Chart& chart,
                                              const Objects& stays, Objects& objects) {
  const std::string& ns = chart.info().namespace_();
  std::set<ObjectKey> kept;
  for (const ManifestObject& object : stays) kept.insert(KeyOf(object, ns));
  Objects stay, go;
  for (ManifestObject& object : objects)
    (kept.contains(KeyOf(object, ns)) ? stay : go).push_back(std::move(object));
  ASSIGN_OR_RETURN(LeftOut left, LeaveOut(context, chart, go));
  objects = std::move(stay);
  objects.insert(objects.end(), go.begin(), go.end());
  return left;
}

// Hooks of kinds that are not served: helm could not run them.
absl::StatusOr<kube::Json> ServedHooks(const Context& context, const Chart& chart,
                                       const kube::Json& hooks, LeftOut* left) {
  kube::Json served = kube::Json::array();
  for (const kube::Json& hook : hooks) {
    ASSIGN_OR_RETURN(Objects objects, ReadManifests(kube::Text(hook, "/manifest"), "a hook"));
    ASSIGN_OR_RETURN(LeftOut more, LeaveOutUnserved(context, chart, objects));
    if (more.unserved.empty()) served.push_back(hook);
    if (!more.moved.empty()) served.back()["manifest"] = objects[0].text;
    Join(std::move(more), left);
  }
  return served;
}

// `stays` is nullptr: nothing goes. Returns what the record holds then.
absl::StatusOr<Objects> Clear(const Context& context, const Chart& chart,
                              const helm::Release& release, const Objects* stays) {
  const helm::ReleaseRecord& record = release.record;
  ASSIGN_OR_RETURN(Objects objects, ObjectsIn(chart, release));
  ASSIGN_OR_RETURN(LeftOut left, LeaveOutUnserved(context, chart, objects));
  if (stays != nullptr) {
    ASSIGN_OR_RETURN(LeftOut more, LeaveOutOfThoseThatGo(context, chart, *stays, objects));
    Join(std::move(more), &left);
  }
  kube::Json hooks = kube::Json::array();
  for (const helm::ReleaseHook& hook : release.hooks)
    hooks.push_back({{"manifest", hook.manifest}});
  LeftOut of_hooks;
  RETURN_IF_ERROR(ServedHooks(context, chart, hooks, &of_hooks).status());
  if (!left.any() && !of_hooks.any()) return objects;
  RETURN_IF_ERROR(While(
      absl::StrCat("leaving objects out of the record of revision ", record.revision),
      helm::RewriteRecord(context, chart.kube(), record, [&](kube::Json& payload) -> absl::Status {
        if (left.any()) payload["manifest"] = JoinManifests(objects);
        LeftOut again;
        ASSIGN_OR_RETURN(payload["hooks"],
                         ServedHooks(context, chart, kube::List(payload, "/hooks"), &again));
        return absl::OkStatus();
      })));
  Join(std::move(of_hooks), &left);
  chart.report.Log("wheelhoused", absl::StrCat("the record of revision ", record.revision,
                                               " is cleared: ", left.ToString()));
  return objects;
}

}  // namespace

absl::Status ClearRecord(const Context& context, const Chart& chart,
                         const helm::ReleaseRecord& record,
                         const std::vector<ManifestObject>& stays) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  return Clear(context, chart, release, &stays).status();
}

absl::StatusOr<Installed> ClearInstalled(const Context& context, const Chart& chart,
                                         const std::vector<helm::ReleaseRecord>& records,
                                         const std::vector<ManifestObject>& stays) {
  ASSIGN_OR_RETURN(auto installed, ReadInstalled(context, chart, records));
  if (!installed.has_value()) return Installed();
  ASSIGN_OR_RETURN(Objects objects, Clear(context, chart, *installed, &stays));
  return Installed{std::move(objects), std::move(installed->hooks)};
}

absl::Status ClearTarget(const Context& context, const Chart& chart,
                         const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  return Clear(context, chart, release, nullptr).status();
}

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/release/other_releases.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <optional>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/helm/releases.h"
#include "server/kube/readiness/rollout.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);

struct OtherRelease {
  std::string ns, name;
  std::string ToString() const { return absl::StrCat(ns, "/", name); }
};

std::vector<OtherRelease> OthersOf(const Chart& chart) {
  std::vector<OtherRelease> others;
  for (const std::string& text : chart.info().wait_for_releases()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
    others.push_back({parts.first, parts.second});
  }
  return others;
}

absl::Status Absent(const std::vector<std::string>& names) {
  return MakeFailure(Reason::kObjectNotFound,
                     absl::StrCat("there is no release ", absl::StrJoin(names, ", "),
                                  ", which waitForReleases names: deploy it first"),
                     {{"release", names.front()}});
}

// nullopt where nothing is installed.
absl::StatusOr<std::optional<helm::ReleaseRecord>> Newest(const Context& context,
                                                          kube::KubeClient& client,
                                                          const OtherRelease& other) {
  const auto records = helm::ListRecords(context, client, other.ns, other.name);
  if (!records.ok())
    return While(absl::StrCat("reading the release ", other.ToString()), records.status());
  if (records->empty() || records->front().status == helm::kUninstalled) return std::nullopt;
  return records->front();
}

// What of the release is waited for: its objects, hooks left out, whose kinds the cluster serves.
absl::StatusOr<std::vector<kube::Awaited>> ObjectsOf(const Context& context, const Chart& chart,
                                                     const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  ASSIGN_OR_RETURN(const auto objects, ObjectsIn(chart, release));
  std::vector<kube::Awaited> awaited;
  for (const ManifestObject& object : objects) {
    if (object.hook || object.name.empty()) continue;
    const auto type = chart.kube().Resolve(context, object.api_version, object.kind);
    if (HasReason(type.status(), Reason::kKindUnknown)) continue;
    RETURN_IF_ERROR(type.status());
    kube::ObjectId id{*type, "", object.name};
    if (type->namespaced) id.ns = object.ns.empty() ? record.ns : object.ns;
    awaited.push_back({std::move(id), CollectedWhenDone(object)});
  }
  return awaited;
}

// OVERTAKEN when the release has another newest revision, or the revision another status.
absl::Status AwaitObjects(const Context& context, const Chart& chart, const OtherRelease& other,
                          const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const auto awaited, ObjectsOf(context, chart, record));
  kube::RolloutOptions options;
  options.watches = &chart.asked.request.cluster->watches();
  options.early_failure.set_off(true);
  options.await_creation = true;
  v1::Progress last;
  options.on_progress = [&](const v1::Progress& progress) {
    chart.report.Progress(progress);
    last = progress;
  };
  options.check = [&](const Context& within, kube::KubeClient& client) -> absl::Status {
    ASSIGN_OR_RETURN(const auto newest, Newest(within, client, other));
    if (newest.has_value() && newest->revision == record.revision &&
        newest->status == record.status)
      return absl::OkStatus();
    return MakeFailure(Reason::kOvertaken, absl::StrCat(other.ToString(), " has changed"));
  };
  absl::Status status =
      kube::AwaitRollout(context, chart.kube(), chart.services.clock, awaited, options);
  if (status.ok() || last.waiting().empty() || context.Check().ok()) return status;
  return While("waiting for " + WaitingIn(last), status);
}

absl::Status AwaitOne(const Context& context, const Chart& chart, const OtherRelease& other) {
  while (true) {
    ASSIGN_OR_RETURN(const auto newest, Newest(context, chart.kube(), other));
    if (!newest.has_value()) return Absent({other.ToString()});
    if (newest->status == helm::kDeployed) {
      absl::Status ready = AwaitObjects(context, chart, other, *newest);
      if (!HasReason(ready, Reason::kOvertaken)) return ready;
      continue;
    }
    const std::string how = absl::StrCat("its revision ", newest->revision, " is ", newest->status);
    chart.report.Waiting(absl::StrCat("release ", other.ToString()), how);
    RETURN_IF_ERROR(While(absl::StrCat("waiting for the release ", other.ToString(), ", as ", how),
                          context.Sleep(kLookEvery)));
  }
}

}  // namespace

absl::StatusOr<std::string> LookAtOthers(const Context& context, const Chart& chart) {
  std::vector<std::string> absent, seen;
  for (const OtherRelease& other : OthersOf(chart)) {
    ASSIGN_OR_RETURN(const auto newest, Newest(context, chart.kube(), other));
    if (!newest.has_value()) {
      absent.push_back(other.ToString());
    } else {
      seen.push_back(absl::StrCat(other.ToString(), " is ", newest->status));
    }
  }
  if (!absent.empty()) return Absent(absent);
  return absl::StrJoin(seen, "; ");
}

absl::Status AwaitOthers(const Context& context, const Chart& chart) {
  const absl::Duration timeout = ToDuration(chart.info().timeout());
  const Context bounded = context.WithTimeout(
      timeout, MakeFailure(Reason::kNotReady,
                           absl::StrCat("the releases that ", chart.Name(),
                                        " waits for were not ready within its timeout of ",
                                        absl::FormatDuration(timeout))));
  StepAside(chart.asked.request.slot);
  for (const OtherRelease& other : OthersOf(chart))
    RETURN_IF_ERROR(AwaitOne(bounded, chart, other));
  TakeToChange(chart.asked.request.slot, chart.bounds.work);
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle

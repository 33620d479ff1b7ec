#include "server/lifecycle/release/roll_back.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/trial.h"
#include "server/lifecycle/release/clear_record.h"
#include "server/lifecycle/release/stalled_helm.h"

namespace wheelhouse::lifecycle {
namespace {

using Records = std::vector<helm::ReleaseRecord>;

std::map<std::string, std::string> LabelsOfOurs(const helm::ReleaseRecord& record) {
  std::map<std::string, std::string> ours;
  for (const auto& [key, value] : record.labels) {
    if (absl::StartsWith(key, "wheelhouse-")) ours[key] = value;
  }
  return ours;
}

// The plan that a revision made by a rollback belongs to. A deploy that is undone stays the plan's
// that asked for it: it is a part of the plan from then on. Whoever else goes back leaves the
// release where it was last, whichever plan made the revision that is gone back to.
Membership PlanAfter(const Chart& chart, const Records& records, int intended) {
  if (chart.info().action() == v1::ACTION_DEPLOY) return chart.asked.request.plan;
  const auto before = std::ranges::find_if(
      records, [intended](const auto& one) { return one.revision < intended; });
  return before == records.end() ? Membership() : MembershipOf(*before);
}

// The record with the intended number is ours when it has the target's labels: helm copies them.
// Somebody else's upgrade that took the number has those of the revision before it.
absl::Status Claim(const Context& context, const Chart& chart, const helm::ReleaseRecord& target,
                   int intended) {
  ASSIGN_OR_RETURN(const Records records, chart.Records(context));
  const helm::ReleaseRecord* made = helm::FindRecord(records, intended);
  if (made == nullptr || LabelsOfOurs(*made) != LabelsOfOurs(target)) return absl::OkStatus();
  std::map<std::string, std::string> labels = {
      {helm::kRevisionLabel, std::to_string(intended)},
      {helm::kRunLabel, chart.asked.request.run_id},
      {helm::kSpecLabel, ""},
      {helm::kVerdictLabel, target.Good() ? helm::kVerdictGood : ""}};
  labels.merge(LabelsFor(PlanAfter(chart, records, intended), made));
  return helm::SetRecordLabels(context, chart.kube(), *made, labels);
}

helm::RollbackRequest RequestOf(const Context& context, const Chart& chart, const RollBack& what) {
  helm::RollbackRequest request;
  request.target = chart.target();
  request.revision = what.target;
  request.timeout = context.Remaining();
  request.wait = what.wait;
  request.no_hooks = chart.info().no_hooks();
  request.max_history = chart.info().max_history();
  request.force_conflicts = chart.info().field_conflicts() == v1::FIELD_CONFLICTS_FORCE;
  return request;
}

// One helm that goes back to what a target holds, or several, where one waits for nothing.
class HelmsRollback {
 public:
  // All are lent. `newest` is what helm goes from, `objects` what the target holds.
  HelmsRollback(const Chart& chart, const helm::ReleaseRecord& newest, const helm::Release& target,
                const std::vector<ManifestObject>& objects, int intended)
      : chart_(chart), newest_(newest), target_(target), objects_(objects), intended_(intended) {}

  // helm's answer: the revision.
  absl::StatusOr<int> Run(const Context& context, helm::RollbackRequest request) const {
    // Post hooks run after the objects are ready, and only helm runs them. For all others the run
    // waits by itself.
    request.wait = request.wait && !request.no_hooks &&
                   std::ranges::any_of(target_.hooks, [](const helm::ReleaseHook& hook) {
                     return hook.events.contains("post-rollback");
                   });
    auto revision = Ask(context, request);
    if (revision.status() != HelmStalled()) return revision;
    chart_.report.Log(
        "wheelhoused",
        "helm still waits although everything is ready: it is run again, without waiting");
    RETURN_IF_ERROR(DeleteMade(context));
    request.wait = false;
    request.timeout = context.Remaining();
    return Ask(context, request);
  }

 private:
  absl::StatusOr<int> Ask(const Context& context, const helm::RollbackRequest& request) const {
    const Context scope = context.WithCancel();
    HelmsTask task{v1::DECISION_ROLLBACK, intended_,
                   [this](const helm::ReleaseRecord& record) { return IsMade(record); }};
    for (const helm::ReleaseHook& hook : target_.hooks) task.earlier[hook.name] = hook.last_started;
    StalledHelm stalled(chart_, objects_, std::move(task));
    HelmWatch watch(scope, chart_);
    if (!request.no_hooks)
      WatchHelm(scope, chart_, objects_, v1::DECISION_ROLLBACK, {chart_, newest_, objects_},
                request.wait ? &stalled : nullptr, watch);
    auto revision = chart_.services.helm.Rollback(
        scope, request, [this](absl::string_view line) { chart_.report.Log("helm", line); });
    if (!revision.ok()) return watch.Explain(revision.status());
    return revision;
  }

  bool IsMade(const helm::ReleaseRecord& record) const {
    return LabelsOfOurs(record) == LabelsOfOurs(target_.record);
  }

  // What a helm that was ended has left: the next one makes that revision again.
  absl::Status DeleteMade(const Context& context) const {
    ASSIGN_OR_RETURN(const Records records, chart_.Records(context));
    const helm::ReleaseRecord* made = helm::FindRecord(records, intended_);
    if (made == nullptr || !IsMade(*made) || !(made->Pending() || made->status == helm::kFailed))
      return absl::OkStatus();
    return DeleteRecord(context, chart_, *made);
  }

  const Chart& chart_;
  const helm::ReleaseRecord& newest_;
  const helm::Release& target_;
  const std::vector<ManifestObject>& objects_;
  const int intended_;
};

}  // namespace

absl::StatusOr<int> NextRevision(const Context& context, const Chart& chart) {
  ASSIGN_OR_RETURN(const Records records, chart.Records(context));
  return records.empty() ? 1 : records[0].revision + 1;
}

absl::Status ClaimRollback(const Context& context, const Chart& chart, int target, int intended) {
  ASSIGN_OR_RETURN(const Records records, chart.Records(context));
  RETURN_IF_ERROR(DeleteOvertaken(context, chart, records));
  const helm::ReleaseRecord* found = helm::FindRecord(records, target);
  return found == nullptr ? absl::OkStatus() : Claim(context, chart, *found, intended);
}

absl::Status DeleteRecord(const Context& context, const Chart& chart,
                          const helm::ReleaseRecord& record) {
  const absl::Status deleted = chart.kube().Delete(
      context, {{"", "v1", "Secret", "secrets", true}, record.ns, record.secret_name},
      {.uid = record.uid, .resource_version = record.resource_version});
  return HasReason(deleted, Reason::kObjectNotFound) ? absl::OkStatus() : deleted;
}

absl::StatusOr<int> RollBackTo(const Context& context, const Chart& chart, Trail& trail,
                               const RollBack& what) {
  ASSIGN_OR_RETURN(const Records before, chart.Records(context));
  const helm::ReleaseRecord* target = helm::FindRecord(before, what.target);
  if (target == nullptr) {
    return MakeFailure(Reason::kObjectNotFound, absl::StrCat("the release ", chart.Name(),
                                                             " has no revision ", what.target));
  }
  RETURN_IF_ERROR(ClearTarget(context, chart, *target));
  if (before[0].revision != what.target) {
    ASSIGN_OR_RETURN(const auto stays, ReadManifestOf(context, chart, *target));
    RETURN_IF_ERROR(ClearRecord(context, chart, before[0], stays));
    if (!chart.info().recreate().empty()) RETURN_IF_ERROR(MakeWay(context, chart, trail, stays));
  }
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), *target));
  ASSIGN_OR_RETURN(const auto objects, AllObjectsIn(chart, release));
  trail.set_superseded_revision(helm::DeployedRevision(before));
  RETURN_IF_ERROR(chart.report.RecordIntention(
      what.intended, absl::StrCat("asks helm to roll back to revision ", what.target,
                                  ", as revision ", what.intended)));
  const auto revision = HelmsRollback(chart, before[0], release, objects, what.intended)
                            .Run(context, RequestOf(context, chart, what));
  const absl::Status claimed = Claim(chart.bounds.failure, chart, *target, what.intended);
  RETURN_IF_ERROR(revision.status());
  RETURN_IF_ERROR(While("claiming the revision that helm made by rolling back", claimed));
  // helm leaves them pending for ever (4.3.1, 3.22.0). There is more than one when a rollback over
  // one was itself killed.
  ASSIGN_OR_RETURN(const Records after, chart.Records(context));
  for (const helm::ReleaseRecord& record : after) {
    const helm::ReleaseRecord* known = helm::FindRecord(before, record.revision);
    if (known != nullptr && known->uid == record.uid && known->Locked() && record.Locked())
      RETURN_IF_ERROR(DeleteRecord(context, chart, record));
  }
  return *revision;
}

std::vector<helm::ReleaseRecord> Overtaken(const Records& records) {
  Records overtaken;
  for (size_t i = 1; i < records.size(); ++i) {
    if (records[i].Locked() && !records[i].OurLabel(helm::kRunLabel).empty())
      overtaken.push_back(records[i]);
  }
  return overtaken;
}

absl::Status DeleteOvertaken(const Context& context, const Chart& chart, const Records& records) {
  for (const helm::ReleaseRecord& record : Overtaken(records))
    RETURN_IF_ERROR(DeleteRecord(context, chart, record));
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle

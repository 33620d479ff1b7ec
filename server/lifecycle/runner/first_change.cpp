#include "server/lifecycle/runner/first_change.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <string>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/release/take_over.h"

namespace wheelhouse::lifecycle {
namespace {

// Between two questions to a cluster that does not answer.
constexpr absl::Duration kPause = absl::Seconds(1);

}  // namespace

absl::StatusOr<Meanwhile> FirstChange::Claim(const Context& context) {
  absl::StatusOr<Meanwhile> meanwhile = before_(context);
  claimed_ = meanwhile.ok();
  return meanwhile;
}

absl::Status FirstChange::ClaimToUndo() {
  const Context context = ToUndo();
  while (true) {
    const absl::StatusOr<Meanwhile> meanwhile = Claim(context);
    if (meanwhile.ok()) doubt_ = *meanwhile;
    if (!HasReason(meanwhile.status(), Reason::kClusterUnreachable)) return meanwhile.status();
    const absl::Status ended = context.Sleep(kPause);
    if (!ended.ok()) return chart_.bounds.Stops(ended) ? ended : meanwhile.status();
  }
}

absl::StatusOr<bool> FirstChange::Stands(Meanwhile meanwhile) const {
  // What the charts of a run share may have been read a moment ago.
  const bool as_read = chart_.view == nullptr || !chart_.view->used();
  if (meanwhile == Meanwhile::kSomething) return false;
  if (meanwhile == Meanwhile::kNothing && as_read) return true;
  ASSIGN_OR_RETURN(const auto now, chart_.RecordsAgain(chart_.bounds.work, known_.found.records));
  return std::ranges::equal(now, known_.found.records, [](const auto& a, const auto& b) {
    // The labels too: another plan may have taken the release over without deploying anything.
    return a.revision == b.revision && a.status == b.status && a.updated == b.updated &&
           a.labels == b.labels;
  });
}

void FirstChange::NoteRecords() {
  auto* uids = known_.trail.mutable_records_before()->mutable_uids();
  uids->Clear();
  for (const helm::ReleaseRecord& record : known_.found.records) uids->Add(std::string(record.uid));
}

absl::Status FirstChange::CheckOvertaken(Meanwhile meanwhile) {
  doubt_.reset();
  if (meanwhile == Meanwhile::kNothing || !known_.trail.has_records_before())
    return absl::OkStatus();
  const absl::Status found = LookForOthers();
  if (!found.ok() && !HasReason(found, Reason::kLeaseLost)) doubt_ = meanwhile;
  return found;
}

absl::Status FirstChange::ResolveDoubt() {
  const Context context = ToUndo();
  while (doubt_.has_value()) {
    absl::Status found = CheckOvertaken(*doubt_);
    if (!doubt_.has_value()) return found;
    absl::Status ended = context.Sleep(kPause);
    if (chart_.bounds.Stops(ended)) return ended;
    if (!ended.ok())
      return While("finding out whether others have changed the release since", found);
  }
  return absl::OkStatus();
}

absl::Status FirstChange::LookForOthers() {
  ASSIGN_OR_RETURN(const auto records, chart_.Records(chart_.bounds.failure));
  ASSIGN_OR_RETURN(const helm::ReleaseRecord* others, FindAnothers(chart_, records, known_.trail));
  if (others == nullptr) return absl::OkStatus();
  known_.trail.set_overtaken_by(others->revision);
  return MakeFailure(Reason::kLeaseLost,
                     absl::StrCat("the claim on the namespace was lost, and someone else has "
                                  "made revision ",
                                  others->revision, " of ", chart_.Name(), " since"),
                     {{"revision", std::to_string(others->revision)}});
}

Context FirstChange::ToUndo() const {
  if (chart_.bounds.forced()) return chart_.bounds.AfterForce();
  return chart_.bounds.undo.WithTimeout(
      ToDuration(chart_.info().failure_timeout()),
      MakeFailure(Reason::kLeaseLost, "the claims could not be taken within failureTimeout"));
}

}  // namespace wheelhouse::lifecycle

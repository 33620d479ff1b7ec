#include "server/runs/engine/run_end.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/runs/engine/predecessor.h"
#include "server/runs/log/answer.h"

namespace wheelhouse::runs {
namespace {

// What it was to take over stays as it is, unless a still newer run takes it over.
v1::Failure FailureOfUnstarted(const UnstartedEnd& end, const v1::Run& picture) {
  v1::Failure failure = FailureOf(end.why);
  if (picture.takes_over().empty() || !end.superseded_by.empty()) return failure;
  failure.set_message(absl::StrCat(failure.message(), "; it was to take over what run ",
                                   absl::StrJoin(picture.takes_over(), " and run "),
                                   " made, which stays as it is now"));
  return failure;
}

std::vector<v1::RunEvent> EventsOf(const UnstartedEnd& end, const v1::Run& picture) {
  std::vector<v1::RunEvent> events;
  if (!end.cancelled_by.empty()) {
    v1::Transition* asked = events.emplace_back().mutable_transition();
    asked->set_cancel_requested(true);
    asked->set_cancelled_by(end.cancelled_by);
  }
  if (!end.superseded_by.empty())
    events.emplace_back().mutable_transition()->set_superseded_by(end.superseded_by);
  *events.emplace_back().mutable_failure() = FailureOfUnstarted(end, picture);
  for (const v1::ChartRun& chart : picture.charts()) {
    v1::Transition* change = events.emplace_back().mutable_transition();
    change->set_chart(ChartKey(chart));
    change->set_state(v1::STATE_SKIPPED);
    change->set_skip_reason(end.state == v1::RUN_STATE_CANCELLED ? v1::SKIP_REASON_CANCELLED
                                                                 : v1::SKIP_REASON_EARLIER_FAILURE);
  }
  events.emplace_back().mutable_transition()->set_run_state(end.state);
  return events;
}

// A cancel that came too late to change anything leaves a success a success.
v1::RunState EndStateOf(const v1::Run& picture, bool cancelled) {
  const bool failed =
      std::any_of(picture.charts().begin(), picture.charts().end(), [](const v1::ChartRun& chart) {
        return StopsDependents(chart.state(), chart.skip_reason());
      });
  if (!failed) return v1::RUN_STATE_SUCCEEDED;
  return cancelled ? v1::RUN_STATE_CANCELLED : v1::RUN_STATE_FAILED;
}

// Adds what charts that have not begun were to take over, and that stays as it is.
absl::Status AddNotTakenOver(store::Store& store, const v1::Run& picture,
                             std::vector<v1::RunEvent>* events) {
  const std::set<std::string> older(picture.takes_over().begin(), picture.takes_over().end());
  if (older.empty()) return absl::OkStatus();
  for (const v1::ChartRun& chart : picture.charts()) {
    // That it is skipped may not be durable yet.
    const bool begun = chart.state() != v1::STATE_SKIPPED && chart.state() != v1::STATE_PENDING;
    if (begun || !chart.stages().empty()) continue;
    ASSIGN_OR_RETURN(const auto left, FindPredecessor(store, older, ChartKey(chart)));
    if (!left.has_value()) continue;
    v1::Failure& failure = *events->emplace_back().mutable_failure();
    failure = FailureOf(MakeFailure(
        Reason::kSuperseded,
        absl::StrCat("it has not begun: what run ", left->run_id, " has left stays as it is"),
        {{"run", left->run_id}}));
    failure.set_chart(ChartKey(chart));
    *failure.mutable_left_changed() = left->chart.failure().handed_over();
  }
  return absl::OkStatus();
}

absl::Status SavePlan(const RunEnds& ends, const v1::Run& picture, const ActiveRun& run) {
  ASSIGN_OR_RETURN(const auto plan, run.LoadPlan(ends.store));
  return While("saving the plan", ends.plans.Save(picture, *plan));
}

absl::Status RecordCancel(RunLog& log, bool force, const std::string& by) {
  const v1::Run picture = log.Picture();
  if (picture.cancel_requested() && (picture.cancel_forced() || !force)) return absl::OkStatus();
  v1::RunEvent event;
  event.mutable_transition()->set_cancel_requested(true);
  event.mutable_transition()->set_cancelled_by(by);
  event.mutable_transition()->set_cancel_forced(force);
  const absl::Status recorded = log.Append(std::move(event));
  // Else the run has ended meanwhile.
  return HasReason(recorded, Reason::kStoreUnavailable) ? recorded : absl::OkStatus();
}

}  // namespace

google::protobuf::Duration Since(const google::protobuf::Timestamp& start, absl::Time now) {
  const absl::Duration passed = std::max(now - ToTime(start), absl::ZeroDuration());
  return ToProto(absl::Trunc(passed, absl::Microseconds(1)));
}

void EndUnstarted(RunTable& table, const RunPtr& run, const UnstartedEnd& end, RunLog::Done done) {
  run->log->AppendEndAsync({EventsOf(end, run->log->Picture()), end.state, std::nullopt},
                           [&table, run, done = std::move(done)](const absl::Status& ended) {
                             if (ended.ok()) {
                               for (const auto& [older, keys] : table.RemoveUnstarted(run)) {
                                 if (run->claims != nullptr) run->claims->Release(older, keys);
                               }
                             } else {
                               StrandRun(table, run, ended);
                             }
                             done(ended);
                           });
}

void FinishRun(RunTable& table, const Clock& clock, const RunEnds& ends, const RunPtr& run) {
  const absl::Status cancelled = table.Cancelled(run);
  // The ends of charts that changed nothing may be on their way to the disk.
  if (const absl::Status settled = run->log->Settle(); !settled.ok())
    return StrandRun(table, run, settled);
  const v1::Run picture = run->log->Picture();
  v1::RunState state = EndStateOf(picture, !cancelled.ok());
  std::vector<v1::RunEvent> events;
  if (picture.has_saves() && state == v1::RUN_STATE_SUCCEEDED) {
    if (const absl::Status saved = SavePlan(ends, picture, *run); !saved.ok()) {
      if (HasReason(saved, Reason::kStoreUnavailable)) return StrandRun(table, run, saved);
      *events.emplace_back().mutable_failure() = FailureOf(saved);
      state = v1::RUN_STATE_FAILED;
    }
  }
  // A still newer run takes it over.
  if (picture.superseded_by().empty()) {
    if (const absl::Status added = AddNotTakenOver(ends.store, picture, &events); !added.ok())
      return StrandRun(table, run, added);
  }
  if (state == v1::RUN_STATE_CANCELLED && !picture.has_failure())
    *events.emplace_back().mutable_failure() = FailureOf(cancelled);
  v1::Transition* end = events.emplace_back().mutable_transition();
  end->set_run_state(state);
  *end->mutable_duration() = Since(picture.start_time(), clock.Now());
  std::optional<v1::Plan> erased;
  if (state == v1::RUN_STATE_SUCCEEDED) erased = picture.plan();
  const absl::Status ended = run->log->AppendEnd({std::move(events), state, erased});
  if (!ended.ok()) {
    spdlog::error("run {}: its end cannot be stored: {}", run->id(), std::string(ended.message()));
    return StrandRun(table, run, ended);
  }
  table.Remove(run);
}

void StrandRun(RunTable& table, const RunPtr& run, const absl::Status& why) {
  run->log->Close(why);
  table.Strand(run);
}

absl::Status CancelRun(RunTable& table, const std::string& run_id, bool force,
                       const std::string& by) {
  const absl::Status why = MakeFailure(Reason::kCancelled, absl::StrCat("cancelled by ", by));
  const auto [run, unstarted] = table.BeginCancel(run_id);
  if (run == nullptr) return absl::OkStatus();
  if (unstarted) {
    Answer ended;
    EndUnstarted(table, run, {v1::RUN_STATE_CANCELLED, why, by, ""},
                 [&](const absl::Status& status) { ended.Set(status); });
    return ended.Wait();
  }
  RETURN_IF_ERROR(RecordCancel(*run->log, force, by));
  table.SetCancelled(run, why);
  // Before the work is ended, or the failure stage could begin as if it were not forced.
  if (force) run->undo.Cancel(why);
  run->cancel.Cancel(why);
  return absl::OkStatus();
}

}  // namespace wheelhouse::runs

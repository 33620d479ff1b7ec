#include "server/lifecycle/runner/chart_run.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/time.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/marks.h"
#include "server/lifecycle/release/take_over.h"
#include "server/lifecycle/release/verdict.h"
#include "server/lifecycle/runner/resumption.h"
#include "server/plan/stage_table.h"
#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr v1::Stage kForward[] = {v1::STAGE_CHECK_PREREQUISITES, v1::STAGE_PRE_EXEC, v1::STAGE_EXEC,
                                  v1::STAGE_POST_EXEC, v1::STAGE_VALIDATE};

// Whether a step of the caller changes something in the stage even if the release is unchanged.
bool Writes(const v1::ChartInfo& info, v1::Stage stage) {
  const auto writes = [changes = plan::RowOf(stage).changes](const v1::Step& step) {
    const plan::StepKind* kind = plan::FindStepKind(step);
    return kind != nullptr && !kind->ReadsOnly(step) && (!changes || step.run_when_unchanged());
  };
  const v1::StagePlan& plan = plan::PlanOf(info.stages(), stage);
  return std::ranges::any_of(plan.before(), writes) || std::ranges::any_of(plan.after(), writes);
}

ChartOutcome Interrupted() {
  ChartOutcome outcome;
  outcome.interrupted = true;
  return outcome;
}

}  // namespace

ChartRun::ChartRun(const ChartRequest& request, const Services& services, const Bounds& bounds,
                   const BeforeFirstChange& before_first_change, Journal& journal)
    : known_(request),
      report_(journal, known_),
      // What a resumed chart finds decides how it goes on with what it has begun to change.
      view_(request.resume.has_value() ? nullptr : request.shared_reads,
            request.resume.has_value() ? absl::InfiniteDuration() : request.ready_since),
      chart_{known_.asked, services, bounds, report_, &view_},
      runner_(StepsOf, chart_, known_),
      first_change_(chart_, known_, before_first_change) {}

ChartOutcome ChartRun::Run() {
  const bool resumes = WasChanging(known_.asked.request.resume);
  if (resumes ? !ResumeRun() : !TakeReleaseOver(chart_, known_.trail).ok()) return Interrupted();
  for (const v1::Stage stage : kForward) {
    if (EndedBefore(known_, stage)) continue;
    if (stage == v1::STAGE_PRE_EXEC && WillChange() && !TakeFirstChange()) return Interrupted();
    if (const v1::SkipReason skip = SkipOf(stage); skip != v1::SKIP_REASON_UNSPECIFIED) {
      const absl::Status recorded = skip == v1::SKIP_REASON_DRY_RUN
                                        ? runner_.Preview(stage, chart_.bounds.work)
                                        : runner_.Skip(stage, skip);
      if (!recorded.ok()) return Interrupted();
      continue;
    }
    if (!RunStage(stage)) return Interrupted();
  }
  if (!RunFailureStage()) return Interrupted();
  return End();
}

bool ChartRun::ResumeRun() {
  const Resume& resume = *known_.asked.request.resume;
  const v1::Stage stage = StageToResume(resume.chart);
  absl::StatusOr<Trail> trail = report_.ReadTrail(resume);
  if (!trail.ok()) {
    FailAt(stage, trail.status());
    return true;
  }
  known_.trail = *std::move(trail);
  known_.found.before = &resume.chart;
  known_.decided.decision = resume.chart.decision();
  known_.decided.reason = resume.chart.decision_reason();
  report_.MoveTo({stage});
  report_.Log("wheelhoused",
              absl::StrCat(resume.lost_claims ? "the claims were lost" : "the daemon has restarted",
                           ": resumes in ", plan::RowOf(stage).name));
  for (const v1::Stage forward : kForward) {
    const v1::StageRun* before = known_.found.Before(forward);
    // It is run again; unless what was taken over is being undone since it has failed.
    const bool again = forward == v1::STAGE_CHECK_PREREQUISITES &&
                       (stage != v1::STAGE_ON_DEPLOY_FAILURE || before == nullptr ||
                        before->state() != v1::STATE_FAILED);
    if (before != nullptr && !again) RecallFailures(chart_, *before, known_);
  }
  RecallSkips(resume.chart, known_);
  // Where nothing has to be finished, nothing has to be found again.
  if (chart_.bounds.halted() && !InTheMidst(resume.chart)) return true;
  return Recheck(stage);
}

bool ChartRun::Recheck(v1::Stage stage) {
  // A cancelled run needs the claims too: what it has changed must be undone.
  const bool goes_on = chart_.bounds.work.Check().ok() && !chart_.bounds.halted();
  const absl::StatusOr<Meanwhile> meanwhile =
      first_change_.Claim(goes_on ? chart_.bounds.work : first_change_.ToUndo());
  if (chart_.bounds.Stops(meanwhile.status())) return false;
  if (!meanwhile.ok()) FailAt(stage, meanwhile.status());
  // A cancelled chart is checked too: the failure stage needs what is found.
  StageOutcome check = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.failure);
  if (check.interrupted) return false;
  if (check.state == v1::STATE_FAILED) known_.failures.Add(stage, std::move(check.failure));
  if (!meanwhile.ok()) return true;
  const absl::Status overtaken = first_change_.CheckOvertaken(*meanwhile);
  if (chart_.bounds.Stops(overtaken)) return false;
  if (!overtaken.ok()) FailAt(stage, overtaken);
  changes_ = true;
  return true;
}

bool ChartRun::RunStage(v1::Stage stage) {
  while (true) {
    if (changes_) TakeToChange(known_.asked.request.slot, chart_.Waiting(chart_.bounds.work));
    StageOutcome outcome = runner_.Run(stage, chart_.bounds.work);
    if (outcome.interrupted) return false;
    for (v1::Failure& failure : outcome.secondary)
      known_.failures.later.push_back(std::move(failure));
    if (outcome.state != v1::STATE_FAILED) return true;
    // Whoever resumes the chart decides whether the stage is repeated.
    if (chart_.bounds.Stops(chart_.bounds.work.Check())) return false;
    if (!MayRepeat(chart_, stage, known_.trail, outcome.failure)) {
      known_.failures.Add(stage, std::move(outcome.failure));
      return true;
    }
    const absl::Status ended =
        chart_.Waiting(chart_.bounds.work).Sleep(ToDuration(chart_.info().upgrade_retry().delay()));
    if (chart_.bounds.Stops(ended)) return false;
    if (!ended.ok()) {
      known_.failures.Add(stage, std::move(outcome.failure));
      known_.failures.later.push_back(report_.FailureHere(ended));
      return true;
    }
    NextAttempt(std::move(outcome.failure), known_.trail);
  }
}

bool ChartRun::WillChange() const {
  if (known_.found.resumed() || SkipOf(v1::STAGE_PRE_EXEC) != v1::SKIP_REASON_UNSPECIFIED)
    return false;
  if (known_.decided.decision != v1::DECISION_UNCHANGED) return true;
  if (!MarksToSet(chart_, known_.found, known_.decided).empty()) return true;
  return std::ranges::any_of(kForward,
                             [this](v1::Stage stage) { return Writes(chart_.info(), stage); });
}

// A release that changed while the run waited for the claims is decided again.
bool ChartRun::TakeFirstChange() {
  // Before the claims, so that other daemons do not wait for this one's charts. A chart that waits
  // for its claims loses its place, and takes it again when the stage begins.
  const Context waiting = chart_.Waiting(chart_.bounds.work);
  TakeToChange(known_.asked.request.slot, waiting);
  changes_ = true;
  view_.Close();
  const auto meanwhile = first_change_.Claim(waiting);
  const absl::StatusOr<bool> stands =
      meanwhile.ok() ? first_change_.Stands(*meanwhile) : meanwhile.status();
  if (chart_.bounds.Stops(stands.status())) return false;
  if (!stands.ok()) {
    // Nothing was changed, so there is nothing to undo.
    FailAt(v1::STAGE_CHECK_PREREQUISITES, stands.status());
    return true;
  }
  if (!*stands) {
    StageOutcome again = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.work);
    if (again.interrupted) return false;
    if (again.state == v1::STATE_FAILED)
      known_.failures.Add(v1::STAGE_CHECK_PREREQUISITES, std::move(again.failure));
  }
  if (known_.failures.any()) return true;
  if (const absl::Status kept = KeepTaken(chart_, known_.found, known_.trail); !kept.ok())
    FailAt(v1::STAGE_CHECK_PREREQUISITES, kept);
  first_change_.NoteRecords();
  return true;
}

v1::SkipReason ChartRun::SkipOf(v1::Stage stage) const {
  if (known_.failures.any()) return v1::SKIP_REASON_EARLIER_FAILURE;
  if (stage == v1::STAGE_CHECK_PREREQUISITES) return v1::SKIP_REASON_UNSPECIFIED;
  const v1::Decision decision = known_.decided.decision;
  if (decision == v1::DECISION_ABSENT) return v1::SKIP_REASON_ABSENT;
  if (decision == v1::DECISION_ALREADY_INSTALLED) return v1::SKIP_REASON_ALREADY_INSTALLED;
  if (decision == v1::DECISION_KEEP) return v1::SKIP_REASON_KEPT;
  if (chart_.info().dry_run() || chart_.asked.request.preview) return v1::SKIP_REASON_DRY_RUN;
  return v1::SKIP_REASON_UNSPECIFIED;
}

void ChartRun::FailAt(v1::Stage stage, const absl::Status& why) {
  report_.MoveTo({stage});
  v1::Failure failure = report_.FailureHere(why);
  // If it cannot be recorded the store is gone, and the next transition fails too.
  (void)report_.RecordFailure(failure);
  known_.failures.Add(stage, std::move(failure));
}

// A spent deadline or a first cancel does not end it: it has a context of its own.
bool ChartRun::RunFailureStage() {
  const v1::Stage stage = v1::STAGE_ON_DEPLOY_FAILURE;
  Failures& failures = known_.failures;
  if (EndedBefore(known_, stage)) {
    const v1::StageRun& before = *known_.found.Before(stage);
    handed_over_ = before.skip_reason() == v1::SKIP_REASON_SUPERSEDED;
    RecallFailures(chart_, before, known_);
    return true;
  }
  const bool answers = AnswersForMore(known_.trail);
  // A resumed chart may have changed something before its checks were repeated and failed.
  const bool changed_nothing =
      failures.stage == v1::STAGE_CHECK_PREREQUISITES && !known_.found.resumed() && !answers;
  if (!failures.any() || changed_nothing)
    return runner_.Skip(stage, v1::SKIP_REASON_NOT_NEEDED).ok();
  if (HandsOver()) return HandOver();
  StepAside(known_.asked.request.slot);
  const bool writes = known_.found.resumed() || answers || Writes(chart_.info(), stage);
  if (!first_change_.claimed() && writes && !ClaimToUndo()) return false;
  AnswerForTaken(chart_, known_.found, known_.trail);
  const absl::Status resolved = first_change_.ResolveDoubt();
  if (chart_.bounds.Stops(resolved)) return false;
  if (!resolved.ok()) failures.later.push_back(report_.FailureHere(resolved));
  // Another run may be at work there.
  if (first_change_.doubtful() || (writes && !first_change_.claimed()))
    return runner_.Skip(stage, v1::SKIP_REASON_EARLIER_FAILURE).ok();
  if (failures.stage == v1::STAGE_POST_EXEC || failures.stage == v1::STAGE_VALIDATE) MarkBad();
  if (HandsOver()) return HandOver();
  StageOutcome outcome = runner_.Run(stage, chart_.bounds.undo);
  if (outcome.interrupted) return false;
  for (v1::Failure& failure : outcome.secondary) failures.later.push_back(std::move(failure));
  if (outcome.state == v1::STATE_FAILED) failures.later.push_back(std::move(outcome.failure));
  const absl::Duration bound = absl::Seconds(15);
  ForgetUndone(chart_.bounds.failure.WithTimeout(bound, absl::DeadlineExceededError("")),
               chart_.kube(), known_.trail);
  return true;
}

// One that has begun to be undone is.
bool ChartRun::HandsOver() const {
  const v1::StageRun* before = known_.found.Before(v1::STAGE_ON_DEPLOY_FAILURE);
  const bool begun = before != nullptr && before->state() == v1::STATE_RUNNING;
  return chart_.bounds.halted() && !begun;
}

bool ChartRun::HandOver() {
  Failures& failures = known_.failures;
  handed_over_ = true;
  report_.MoveTo({failures.stage});
  const auto told = [](const v1::Failure& failure) {
    return failure.reason() == InfoOf(Reason::kSuperseded).name;
  };
  if (!told(failures.first) && std::ranges::none_of(failures.later, told))
    failures.later.push_back(report_.FailureHere(chart_.bounds.halt.Check()));
  const absl::Duration bound = absl::Seconds(15);
  const Context context =
      chart_.bounds.failure.WithTimeout(bound, absl::DeadlineExceededError("time is up"));
  // The newer run finds it by its label. Here it is only told.
  AnswerForTaken(chart_, known_.found, known_.trail);
  if (known_.trail.intended_revision() != 0) FindMade(context, chart_, known_.trail).IgnoreError();
  return runner_.Skip(v1::STAGE_ON_DEPLOY_FAILURE, v1::SKIP_REASON_SUPERSEDED).ok();
}

bool ChartRun::ClaimToUndo() {
  const absl::Status claimed = first_change_.ClaimToUndo();
  if (chart_.bounds.Stops(claimed)) return false;
  if (!claimed.ok()) known_.failures.later.push_back(report_.FailureHere(claimed));
  return true;
}

void ChartRun::MarkBad() {
  report_.MoveTo({known_.failures.stage});
  const absl::Status marked =
      MarkVerdict(chart_.bounds.failure, chart_, known_.trail, helm::kVerdictBad);
  if (marked.ok()) return;
  known_.failures.later.push_back(
      report_.FailureHere(While("marking the revision as bad", marked)));
}

ChartOutcome ChartRun::End() {
  ChartOutcome outcome;
  outcome.changed = changes_ || first_change_.claimed();
  const Failures& failures = known_.failures;
  outcome.state = failures.any() ? v1::STATE_FAILED : v1::STATE_SUCCEEDED;
  if (!failures.any()) return outcome;
  Trail& trail = known_.trail;
  if (trail.made_revision() != 0 && !trail.undone()) {
    NoteChange(trail, "Release", chart_.Name(),
               absl::StrCat("revision ", trail.made_revision(), " made"));
  } else if (trail.uninstalled() && !trail.undone()) {
    NoteChange(trail, "Release", chart_.Name(), "uninstalled");
  }
  outcome.failure = failures.first;
  for (const v1::Failure& later : failures.later) *outcome.failure.add_secondary() = later;
  for (const Trail::Change& change : trail.left_changed())
    *(handed_over_ ? outcome.failure.add_handed_over() : outcome.failure.add_left_changed()) =
        change.reported();
  for (const v1::Evidence& evidence : failures.evidence) *outcome.failure.add_evidence() = evidence;
  return outcome;
}

}  // namespace wheelhouse::lifecycle

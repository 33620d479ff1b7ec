#include "server/lifecycle/runner/chart_lifecycle.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/memory.h"
#include "server/lifecycle/release/verdict.h"
#include "server/lifecycle/runner/stage_runner.h"
#include "server/plan/stage_table.h"
#include "server/plan/step_kinds.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr v1::Stage kForward[] = {v1::STAGE_CHECK_PREREQUISITES, v1::STAGE_PRE_EXEC, v1::STAGE_EXEC,
                                  v1::STAGE_POST_EXEC, v1::STAGE_VALIDATE};

// One chart on its way through the stages.
class ChartRun {
 public:
  explicit ChartRun(ChartContext& chart) : chart_(chart), runner_(steps_, chart) {}

  ChartOutcome Run() {
    if (WasChanging() && !TakeUp()) return Interrupted();
    for (const v1::Stage stage : kForward) {
      if (EndedBefore(stage)) continue;
      if (stage == v1::STAGE_PRE_EXEC && WillChange() && !BeforeFirstChange()) return Interrupted();
      if (const v1::SkipReason skip = SkipOf(stage); skip != v1::SKIP_REASON_UNSPECIFIED) {
        const absl::Status told = skip == v1::SKIP_REASON_DRY_RUN
                                      ? runner_.Foresee(stage, chart_.bounds.work)
                                      : runner_.Skip(stage, skip);
        if (!told.ok()) return Interrupted();
        continue;
      }
      if (!RunStage(stage)) return Interrupted();
    }
    if (!FailureStage()) return Interrupted();
    return End();
  }

 private:
  // Whether the daemon ended when something may have been changed. Before that the chart starts
  // anew: check_prerequisites only reads.
  bool WasChanging() const {
    const auto& resume = chart_.request.resume;
    return resume.has_value() &&
           std::ranges::any_of(resume->chart.stages(), [](const v1::StageRun& stage) {
             return stage.stage() != v1::STAGE_CHECK_PREREQUISITES &&
                    stage.state() != v1::STATE_SKIPPED && stage.state() != v1::STATE_PENDING;
           });
  }

  // Finds the facts again, also for a chart that was cancelled: the failure stage needs them. False
  // when the daemon is shutting down.
  bool TakeUp() {
    const absl::Status remembered = Remember(*chart_.request.resume, &chart_);
    const v1::Stage stage = StageTakenUp();
    if (!remembered.ok()) return FailAt(stage, remembered);
    chart_.stage = stage;
    chart_.Log("wheelhoused",
               absl::StrCat(chart_.request.resume->lost_claims ? "the claims were lost"
                                                               : "the daemon was started again",
                            ": goes on in ", plan::RowOf(stage).name));
    for (const v1::Stage forward : kForward) {
      if (const v1::StageRun* before = chart_.Before(forward)) RememberFailures(*before);
    }
    // Of a run that was cancelled too: what it has changed is to be undone.
    const absl::StatusOr<Meanwhile> meanwhile =
        Claim(chart_.bounds.work.Check().ok() ? chart_.bounds.work : ToUndo());
    if (chart_.Stops(meanwhile.status())) return false;
    if (!meanwhile.ok()) FailAt(stage, meanwhile.status());
    StageOutcome facts = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.failure);
    if (facts.interrupted) return false;
    if (facts.state == v1::STATE_FAILED) Fail(stage, std::move(facts.failure));
    if (!meanwhile.ok()) return true;
    const absl::Status overtaken = CheckOvertaken(*meanwhile);
    if (chart_.Stops(overtaken)) return false;
    return overtaken.ok() || FailAt(stage, overtaken);
  }

  // The bound of what is done to undo.
  Context ToUndo() const {
    if (chart_.bounds.forced()) return chart_.AfterForce();
    return chart_.bounds.undo.WithTimeout(
        ToDuration(chart_.info().failure_timeout()),
        MakeFailure(Reason::kLeaseLost, "the claims were not to be had within failureTimeout"));
  }

  absl::StatusOr<Meanwhile> Claim(const Context& context) {
    absl::StatusOr<Meanwhile> meanwhile = chart_.before_first_change(context);
    claimed_ = meanwhile.ok();
    return meanwhile;
  }

  // LEASE_LOST when others have made a revision since this run's first change: the run can neither
  // go on over it nor undo it.
  absl::Status CheckOvertaken(Meanwhile meanwhile) {
    if (meanwhile == Meanwhile::kNothing || !chart_.facts.records_before.has_value())
      return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto records, chart_.Records(chart_.bounds.failure));
    for (const helm::ReleaseRecord& record : records) {
      if (chart_.facts.records_before->contains(record.uid)) continue;
      ASSIGN_OR_RETURN(const bool ours, IsOurs(record));
      if (ours) continue;
      chart_.facts.overtaken_by = record.revision;
      return MakeFailure(Reason::kLeaseLost,
                         absl::StrCat("the claim on the namespace was lost, and others have made "
                                      "revision ",
                                      record.revision, " of ", chart_.Name(), " since"),
                         {{"revision", std::to_string(record.revision)}});
    }
    return absl::OkStatus();
  }

  // A rollback's record has no label of its run until helm has ended: there the journal says it.
  absl::StatusOr<bool> IsOurs(const helm::ReleaseRecord& record) {
    const std::string run = record.OurLabel(helm::kRunLabel);
    if (!run.empty()) return run == chart_.request.run_id;
    ASSIGN_OR_RETURN(const auto intended, chart_.journal.Intended(record.revision));
    return intended.has_value() && intended->run_id == chart_.request.run_id;
  }

  v1::Stage StageTakenUp() const {
    for (const v1::StageRun& stage : chart_.request.resume->chart.stages()) {
      if (stage.state() == v1::STATE_RUNNING) return stage.stage();
    }
    return chart_.request.resume->chart.stages().rbegin()->stage();
  }

  // Of what was done before the daemon ended. The last step that failed ended its stage; those
  // before it were allowed to.
  void RememberFailures(const v1::StageRun& stage) {
    if (stage.state() != v1::STATE_FAILED && stage.state() != v1::STATE_SUCCEEDED) return;
    std::vector<v1::Failure> failures;
    for (const v1::StepRun& step : stage.steps()) {
      if (step.state() == v1::STATE_FAILED) failures.push_back(step.failure());
    }
    if (stage.state() == v1::STATE_FAILED) {
      if (failures.empty()) failures.push_back(chart_.request.resume->chart.failure());
      v1::Failure failure = std::move(failures.back());
      failures.pop_back();
      if (stage.stage() == v1::STAGE_EXEC) {
        for (const v1::Failure& one : chart_.facts.attempt.earlier) *failure.add_secondary() = one;
      }
      if (MayRepeat(stage.stage(), chart_.facts.attempt.number, failure)) {
        NextAttempt(std::move(failure), &chart_.facts.attempt);
      } else {
        Fail(stage.stage(), std::move(failure));
      }
    }
    for (v1::Failure& one : failures) secondary_.push_back(std::move(one));
  }

  bool EndedBefore(v1::Stage stage) const {
    const v1::StageRun* before = chart_.Before(stage);
    if (before == nullptr) return false;
    if (before->state() == v1::STATE_FAILED) return failed_;  // else it is repeated
    return stage == v1::STAGE_CHECK_PREREQUISITES || before->state() == v1::STATE_SUCCEEDED ||
           before->state() == v1::STATE_SKIPPED;
  }

  // Records a failure that no step has had. True.
  bool FailAt(v1::Stage stage, const absl::Status& why) {
    chart_.stage = stage;
    v1::Failure failure = chart_.FailureHere(why);
    // One that cannot be recorded is a store that is gone: the next transition says so.
    (void)chart_.journal.RecordFailure(failure);
    Fail(stage, std::move(failure));
    return true;
  }

  static ChartOutcome Interrupted() {
    ChartOutcome outcome;
    outcome.interrupted = true;
    return outcome;
  }

  // False when the daemon is shutting down.
  bool RunStage(v1::Stage stage) {
    StageAttempt only;
    StageAttempt& attempt = stage == v1::STAGE_EXEC ? chart_.facts.attempt : only;
    while (true) {
      StageOutcome outcome = runner_.Run(stage, chart_.bounds.work, attempt);
      if (outcome.interrupted) return false;
      for (v1::Failure& failure : outcome.secondary) secondary_.push_back(std::move(failure));
      if (outcome.state != v1::STATE_FAILED) return true;
      // Whether it may be repeated is for whoever takes the chart up.
      if (chart_.Stops(chart_.bounds.work.Check())) return false;
      if (!MayRepeat(stage, attempt.number, outcome.failure)) {
        Fail(stage, std::move(outcome.failure));
        return true;
      }
      const absl::Status ended =
          chart_.bounds.work.Sleep(ToDuration(chart_.info().upgrade_retry().delay()));
      if (chart_.Stops(ended)) return false;
      if (!ended.ok()) {
        Fail(stage, std::move(outcome.failure));
        secondary_.push_back(chart_.FailureHere(ended));
        return true;
      }
      NextAttempt(std::move(outcome.failure), &attempt);
    }
  }

  static void NextAttempt(v1::Failure failure, StageAttempt* attempt) {
    ++attempt->number;
    failure.clear_secondary();
    attempt->earlier.push_back(std::move(failure));
  }

  bool MayRepeat(v1::Stage stage, int attempt, const v1::Failure& failure) const {
    const ReasonInfo* reason = FindReason(failure.reason());
    return stage == v1::STAGE_EXEC && attempt <= chart_.info().upgrade_retry().count() &&
           reason != nullptr && reason->retryable && chart_.bounds.work.Check().ok();
  }

  // Also with an unchanged release, where a step runs nevertheless.
  bool WillChange() const {
    if (chart_.facts.resumed || SkipOf(v1::STAGE_PRE_EXEC) != v1::SKIP_REASON_UNSPECIFIED)
      return false;
    if (chart_.facts.decision != v1::DECISION_UNCHANGED) return true;
    return std::ranges::any_of(kForward, [this](v1::Stage stage) { return Writes(stage); });
  }

  // Whether a step of the caller's changes something there though the release is unchanged.
  bool Writes(v1::Stage stage) const {
    const auto writes = [changes = plan::RowOf(stage).changes](const v1::Step& step) {
      const plan::StepKind* kind = plan::FindStepKind(step);
      return kind != nullptr && !kind->read_only && (!changes || step.run_when_unchanged());
    };
    const v1::StagePlan& plan = plan::PlanOf(chart_.info().stages(), stage);
    return std::ranges::any_of(plan.before(), writes) || std::ranges::any_of(plan.after(), writes);
  }

  // Takes the claims; a release that changed meanwhile is decided again. False when the chart stops
  // where it stands.
  bool BeforeFirstChange() {
    const auto meanwhile = Claim(chart_.bounds.work);
    const absl::StatusOr<bool> stands = meanwhile.ok() ? Stands(*meanwhile) : meanwhile.status();
    if (chart_.Stops(stands.status())) return false;
    // Nothing was changed, so there is nothing to undo.
    if (!stands.ok()) return FailAt(v1::STAGE_CHECK_PREREQUISITES, stands.status());
    if (!*stands) {
      StageOutcome again = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.work);
      if (again.interrupted) return false;
      if (again.state == v1::STATE_FAILED)
        Fail(v1::STAGE_CHECK_PREREQUISITES, std::move(again.failure));
    }
    std::set<std::string>& before = chart_.facts.records_before.emplace();
    for (const helm::ReleaseRecord& record : chart_.facts.records) before.insert(record.uid);
    return true;
  }

  // Whether the release is as it was when it was decided on.
  absl::StatusOr<bool> Stands(Meanwhile meanwhile) {
    if (meanwhile != Meanwhile::kPerhaps) return meanwhile == Meanwhile::kNothing;
    ASSIGN_OR_RETURN(const auto now, chart_.Records(chart_.bounds.work));
    return std::ranges::equal(now, chart_.facts.records, [](const auto& a, const auto& b) {
      return a.revision == b.revision && a.status == b.status && a.updated == b.updated;
    });
  }

  // The first one stays.
  void Fail(v1::Stage stage, v1::Failure failure) {
    if (failed_) {
      secondary_.push_back(std::move(failure));
      return;
    }
    failed_stage_ = stage;
    chart_.facts.failure = std::move(failure);
    failed_ = true;
  }

  v1::SkipReason SkipOf(v1::Stage stage) const {
    if (failed_) return v1::SKIP_REASON_EARLIER_FAILURE;
    if (stage == v1::STAGE_CHECK_PREREQUISITES) return v1::SKIP_REASON_UNSPECIFIED;
    if (chart_.facts.decision == v1::DECISION_ABSENT) return v1::SKIP_REASON_ABSENT;
    if (chart_.facts.decision == v1::DECISION_ALREADY_INSTALLED)
      return v1::SKIP_REASON_ALREADY_INSTALLED;
    if (chart_.info().dry_run() || chart_.request.preview) return v1::SKIP_REASON_DRY_RUN;
    return v1::SKIP_REASON_UNSPECIFIED;
  }

  // Untouched by a spent deadline or a first cancel: it has a context of its own.
  bool FailureStage() {
    const v1::Stage stage = v1::STAGE_ON_DEPLOY_FAILURE;
    if (EndedBefore(stage)) {
      RememberFailures(*chart_.Before(stage));
      return true;
    }
    if (!failed_ || failed_stage_ == v1::STAGE_CHECK_PREREQUISITES) {
      return runner_.Skip(stage, v1::SKIP_REASON_NOT_NEEDED).ok();
    }
    if (!claimed_ && (chart_.facts.resumed || Writes(stage)) && !ClaimToUndo()) return false;
    if (failed_stage_ == v1::STAGE_POST_EXEC || failed_stage_ == v1::STAGE_VALIDATE) {
      chart_.stage = failed_stage_;
      const absl::Status marked = MarkVerdict(chart_.bounds.failure, chart_, helm::kVerdictBad);
      if (!marked.ok())
        secondary_.push_back(chart_.FailureHere(While("marking the revision as bad", marked)));
    }
    StageOutcome outcome = runner_.Run(stage, chart_.bounds.undo);
    if (outcome.interrupted) return false;
    for (v1::Failure& failure : outcome.secondary) secondary_.push_back(std::move(failure));
    if (outcome.state == v1::STATE_FAILED) secondary_.push_back(std::move(outcome.failure));
    const absl::Duration bound = absl::Seconds(15);
    chart_.facts.left_changed.LookAgain(
        chart_.bounds.failure.WithTimeout(bound, absl::DeadlineExceededError("")), chart_.kube());
    return true;
  }

  // False when the chart stops where it stands.
  bool ClaimToUndo() {
    const auto meanwhile = Claim(ToUndo());
    const absl::Status ready = meanwhile.ok() ? CheckOvertaken(*meanwhile) : meanwhile.status();
    if (chart_.Stops(ready)) return false;
    if (!ready.ok()) secondary_.push_back(chart_.FailureHere(ready));
    return true;
  }

  ChartOutcome End() {
    ChartOutcome outcome;
    outcome.state = failed_ ? v1::STATE_FAILED : v1::STATE_SUCCEEDED;
    if (!failed_) return outcome;
    Facts& facts = chart_.facts;
    if (facts.made_revision != 0 && !facts.undone) {
      facts.left_changed.Note("Release", chart_.Name(),
                              absl::StrCat("revision ", facts.made_revision, " made"));
    } else if (facts.uninstalled && !facts.undone) {
      facts.left_changed.Note("Release", chart_.Name(), "uninstalled");
    }
    outcome.failure = facts.failure;
    for (const v1::Failure& later : secondary_) *outcome.failure.add_secondary() = later;
    for (const LeftChanged::Change& change : facts.left_changed.all())
      *outcome.failure.add_left_changed() = change.told;
    for (const v1::Evidence& evidence : facts.evidence) *outcome.failure.add_evidence() = evidence;
    return outcome;
  }

  ChartContext& chart_;
  SteppedChart steps_;
  StageRunner runner_;
  bool claimed_ = false;  // what is about to be changed
  bool failed_ = false;
  v1::Stage failed_stage_ = v1::STAGE_UNSPECIFIED;
  std::vector<v1::Failure> secondary_;
};

}  // namespace

ChartOutcome ChartLifecycle::RunChart(const ChartRequest& request, const Bounds& bounds,
                                      const BeforeFirstChange& before_first_change,
                                      Journal& journal) {
  if (request.chart.action() == v1::ACTION_SKIP) {
    ChartOutcome outcome;
    outcome.state = v1::STATE_SKIPPED;
    outcome.skip_reason = v1::SKIP_REASON_ACTION_SKIP;
    return outcome;
  }
  ChartContext chart(request, services_, bounds, before_first_change, journal);
  return ChartRun(chart).Run();
}

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/chart_lifecycle.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "server/lifecycle/memory.h"
#include "server/lifecycle/plan_check.h"
#include "server/lifecycle/plan_contents.h"
#include "server/lifecycle/plan_defaults.h"
#include "server/lifecycle/plan_profiles.h"
#include "server/lifecycle/stage_runner.h"
#include "server/lifecycle/stage_table.h"
#include "server/lifecycle/verdict.h"

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
               absl::StrCat("the daemon was started again: goes on in ", RowOf(stage).name));
    for (const v1::Stage forward : kForward) {
      if (const v1::StageRun* before = chart_.Before(forward)) RememberFailures(*before);
    }
    const absl::StatusOr<bool> claimed = chart_.before_first_change(chart_.bounds.failure);
    if (!claimed.ok()) return FailAt(stage, claimed.status());
    StageOutcome facts = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.failure);
    if (facts.interrupted) return false;
    if (facts.state == v1::STATE_FAILED) Fail(stage, std::move(facts.failure));
    return true;
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
    if (stage == v1::STAGE_PRE_EXEC && !chart_.facts.resumed && WillChange() &&
        !BeforeFirstChange(stage))
      return true;
    StageAttempt only;
    StageAttempt& attempt = stage == v1::STAGE_EXEC ? chart_.facts.attempt : only;
    while (true) {
      StageOutcome outcome = runner_.Run(stage, chart_.bounds.work, attempt);
      if (outcome.interrupted) return false;
      for (v1::Failure& failure : outcome.secondary) secondary_.push_back(std::move(failure));
      if (outcome.state != v1::STATE_FAILED) return true;
      if (!MayRepeat(stage, attempt.number, outcome.failure)) {
        Fail(stage, std::move(outcome.failure));
        return true;
      }
      const absl::Status ended =
          chart_.bounds.work.Sleep(ToDuration(chart_.info().upgrade_retry().delay()));
      if (HasReason(ended, Reason::kInterrupted)) return false;
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
    if (chart_.facts.decision != v1::DECISION_UNCHANGED) return true;
    const auto runs = [](const v1::Step& step) { return step.run_when_unchanged(); };
    return std::ranges::any_of(kStages, [&](const StageRow& row) {
      const v1::StagePlan& plan = (chart_.info().stages().*row.get)();
      return row.changes &&
             (std::ranges::any_of(plan.before(), runs) || std::ranges::any_of(plan.after(), runs));
    });
  }

  // The hook of claims; a release that changed meanwhile is decided again.
  bool BeforeFirstChange(v1::Stage stage) {
    const absl::StatusOr<bool> redecide = chart_.before_first_change(chart_.bounds.work);
    if (!redecide.ok()) {
      FailAt(stage, redecide.status());
      return false;
    }
    if (!*redecide) return true;
    StageOutcome again = runner_.Run(v1::STAGE_CHECK_PREREQUISITES, chart_.bounds.work);
    if (again.state != v1::STATE_FAILED) return true;
    Fail(v1::STAGE_CHECK_PREREQUISITES, std::move(again.failure));
    return false;
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
    if (failed_stage_ == v1::STAGE_POST_EXEC || failed_stage_ == v1::STAGE_VALIDATE) {
      chart_.stage = failed_stage_;
      const absl::Status marked = MarkVerdict(chart_.bounds.failure, chart_, helm::kVerdictBad);
      if (!marked.ok())
        secondary_.push_back(chart_.FailureHere(While("marking the revision as bad", marked)));
    }
    StageOutcome outcome = runner_.Run(stage, chart_.bounds.failure);
    if (outcome.interrupted) return false;
    for (v1::Failure& failure : outcome.secondary) secondary_.push_back(std::move(failure));
    if (outcome.state == v1::STATE_FAILED) secondary_.push_back(std::move(outcome.failure));
    const absl::Duration bound = absl::Seconds(15);
    chart_.facts.left_changed.LookAgain(
        chart_.bounds.failure.WithTimeout(bound, absl::DeadlineExceededError("")), chart_.kube());
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
  bool failed_ = false;
  v1::Stage failed_stage_ = v1::STAGE_UNSPECIFIED;
  std::vector<v1::Failure> secondary_;
};

}  // namespace

absl::Status ChartLifecycle::CheckPlan(const v1::Plan& plan) const {
  return lifecycle::CheckPlan(plan);
}
absl::StatusOr<ExpandedPlan> ChartLifecycle::WithProfiles(v1::Plan plan,
                                                          const std::string& caller) const {
  return PutProfilesIn(std::move(plan), caller, services_.profiles, services_.archives);
}
v1::Plan ChartLifecycle::WithDefaults(v1::Plan plan) const {
  return lifecycle::WithDefaults(std::move(plan));
}
v1::Plan ChartLifecycle::WithoutContents(v1::Plan plan) const {
  return lifecycle::WithoutContents(std::move(plan));
}
std::set<std::string> ChartLifecycle::NamespacesOf(const v1::ChartInfo& chart) const {
  return lifecycle::NamespacesOf(chart);
}
std::set<std::string> ChartLifecycle::ArchivesOf(const v1::Plan& plan) const {
  return lifecycle::ArchivesOf(plan);
}

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

// Executes stages: asks for a stage's list when the stage starts, journals it whole, then executes,
// times and streams it step by step. Nothing else executes a stage.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/runner/helm_chart.h"

namespace wheelhouse::lifecycle {

struct StageOutcome {
  v1::State state = v1::STATE_SUCCEEDED;  // SUCCEEDED, FAILED or SKIPPED
  v1::Failure failure;                    // with FAILED
  // Of steps that may fail (on_error CONTINUE), and of those that ran though one had failed.
  std::vector<v1::Failure> secondary;
  bool interrupted =
      false;  // the daemon is shutting down, or the store is gone: nothing was recorded
};

// Failures are recorded (Journal) when they happen, before the transition of the step to FAILED.
//
// Of a resumed chart, a stage that was RUNNING goes on at its first step that was not seen to end:
// those before it keep what they came to; one that was begun is taken up by its resume kind. The
// default steps that only read run again all the same, since they find the facts.
class StageRunner {
 public:
  StageRunner(HelmChart& steps, ChartContext& chart) : steps_(steps), chart_(chart) {}

  // `context` carries the chart's cancel; the stage's own bound is added here.
  StageOutcome Run(v1::Stage stage, const Context& context, const StageAttempt& attempt = {});

  // Records a stage that does not run.
  absl::Status Skip(v1::Stage stage, v1::SkipReason why);

  // Records a stage that is only previewed: SKIPPED, with its steps PENDING, or SKIPPED where they
  // would be.
  absl::Status Foresee(v1::Stage stage, const Context& context);

 private:
  // How a step ended: its failure, if it has one. An error stops the chart where it stands.
  using Ended = absl::StatusOr<std::optional<v1::Failure>>;

  absl::Status RunListed(const Context& context, const StageAttempt& attempt,
                         StageOutcome* outcome);
  // The stage's first transition: that it runs, or that all of it is skipped, and its steps.
  v1::Transition BeginOf(const absl::StatusOr<Steps>& steps, const v1::StageRun* before) const;
  // How a step would end.
  absl::StatusOr<StepResult> Foresee(const Context& context, Step& step);
  // `before`: how the stage stood when the daemon ended; nullptr: it had not begun.
  absl::Status RunSteps(const Context& context, const StageAttempt& attempt, const Steps& steps,
                        const v1::StageRun* before, StageOutcome* outcome);
  // Why a step is not begun, `stage` being how the stage stands; UNSPECIFIED when it is. `forced`:
  // the run's failure stage was ended by force.
  v1::SkipReason NotBegun(const StepSettings& settings, bool forced, v1::State stage) const;
  Ended RunStep(const Context& context, const StageAttempt& attempt, Step& step);
  // A step that was begun and not seen to end.
  Ended TakeUp(const Context& context, const StageAttempt& attempt, Step& step,
               const v1::StepRun& before);
  // What stood before, for the first run of the stage.
  const v1::StageRun* TakeBefore();
  // All tries. The error of the result is the last try's.
  absl::StatusOr<StepResult> RunTries(const Context& context, Step& step, absl::Status* stop);
  absl::StatusOr<StepResult> Try(const Context& context, Step& step);
  Ended RecordEnd(const Step& step, const StageAttempt& attempt,
                  const absl::StatusOr<StepResult>& result, absl::Duration took);
  // The end of a step whose failure is recorded already.
  Ended EndAs(const Step& step, const v1::Failure& failure);
  absl::StatusOr<v1::Failure> RecordFailure(const absl::Status& status,
                                            const std::vector<v1::Failure>& earlier);
  // Why the step does not run now; UNSPECIFIED when it does.
  absl::StatusOr<v1::SkipReason> SkipReasonOf(const Context& context, const Step& step,
                                              const v1::When& when);
  // Nothing of the stage is to be run, since the release is as asked.
  bool Unchanged(const Steps& steps) const;
  Context Bounded(const Context& context) const;
  v1::Transition StageTransition(v1::State state) const;
  v1::Transition StepTransition(const Step& step, v1::State state) const;
  absl::Status Record(const v1::Transition& transition);

  HelmChart& steps_;
  ChartContext& chart_;
  std::map<std::pair<v1::Stage, std::string>, int> tries_;
  std::set<v1::Stage> begun_;
};

}  // namespace wheelhouse::lifecycle

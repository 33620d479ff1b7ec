// Executes stages: asks for a stage's list when the stage starts, journals it whole, then executes,
// times and streams it step by step. Nothing else executes a stage.
#pragma once

#include <vector>

#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/helm_chart.h"

namespace wheelhouse::lifecycle {

struct StageOutcome {
  v1::State state = v1::STATE_SUCCEEDED;  // SUCCEEDED, FAILED or SKIPPED
  v1::Failure failure;                    // with FAILED
  std::vector<v1::Failure> secondary;     // of steps that may fail (on_error CONTINUE)
  bool interrupted =
      false;  // the daemon is shutting down, or the store is gone: nothing was recorded
};

class StageRunner {
 public:
  StageRunner(HelmChart& steps, ChartContext& chart) : steps_(steps), chart_(chart) {}

  // `context` carries the chart's cancel; the stage's own bound is added here.
  StageOutcome Run(v1::Stage stage, const Context& context);

  // Records a stage that does not run.
  absl::Status Skip(v1::Stage stage, v1::SkipReason why);

 private:
  absl::Status RunSteps(const Context& context, Steps& steps, StageOutcome* outcome);
  // One step with its retries. OK, or the last try's failure.
  absl::Status RunStep(const Context& context, Step& step, StageOutcome* outcome);
  absl::StatusOr<StepResult> Try(const Context& context, Step& step);
  // Why the step does not run now; UNSPECIFIED when it does.
  v1::SkipReason SkipReasonOf(const Step& step) const;
  Context Bounded(v1::Stage stage, const Context& context) const;
  v1::Transition StepTransition(const Step& step, v1::State state) const;
  absl::Status Record(const v1::Transition& transition);

  HelmChart& steps_;
  ChartContext& chart_;
};

}  // namespace wheelhouse::lifecycle

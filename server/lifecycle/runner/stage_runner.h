// Executes stages: asks for a stage's list when the stage starts, journals it whole, then executes,
// times and streams it step by step. Nothing else executes a stage.
#pragma once

#include <google/protobuf/struct.pb.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/lifecycle/core/step.h"
#include "server/lifecycle/runner/stage_steps.h"
#include "server/lifecycle/runner/step_runner.h"

namespace wheelhouse::lifecycle {

struct StageOutcome {
  v1::State state = v1::STATE_SUCCEEDED;  // SUCCEEDED, FAILED or SKIPPED
  v1::Failure failure;                    // with FAILED
  // Of steps that may fail (on_error CONTINUE), and of those that ran after a failure.
  std::vector<v1::Failure> secondary;
  // What its steps report beside their outcomes (StepResult.details), by step name.
  std::map<std::string, google::protobuf::Struct> details;
  // The daemon is shutting down, or the store is gone: nothing was recorded.
  bool interrupted = false;
};

// In a resumed chart, a stage that was RUNNING continues at its first step that was not seen to
// end: the steps before it keep their results; a step that had begun is resumed by its resume kind.
// The default steps that only read run again in any case, since they find what is known.
//
// Used by one thread.
class StageRunner {
 public:
  StageRunner(ListSteps list_steps, const Chart& chart, Known& known)
      : list_steps_(std::move(list_steps)), chart_(chart), known_(known), steps_(chart, known) {}

  // `context` carries the chart's cancel; the stage's own bound is added here.
  StageOutcome Run(v1::Stage stage, const Context& context);

  // Records a stage that does not run.
  absl::Status Skip(v1::Stage stage, v1::SkipReason why);

  // Records a stage that is only previewed: SKIPPED, with its steps PENDING, or SKIPPED where they
  // would be.
  absl::Status Preview(v1::Stage stage, const Context& context);

 private:
  absl::Status RunListed(const Context& context, StageOutcome* outcome);
  // The stage's first transition: that it runs, or that all of it is skipped, and its steps.
  // `before`: how far the stage was when the daemon ended; nullptr when it had not begun.
  v1::Transition BeginOf(const absl::StatusOr<Steps>& steps, const v1::StageRun* before) const;
  absl::Status RunSteps(const Context& context, const Steps& steps, const v1::StageRun* before,
                        StageOutcome* outcome);
  // `stood`: the step as it was when the daemon ended; nullptr when it had not begun.
  absl::StatusOr<StepEnd> RunStep(const Context& context, Step& step, const v1::StepRun* stood);
  // Why a step does not begin when the stage is in state `so_far`; UNSPECIFIED when it does.
  // `forced`: the run's failure stage was ended by force.
  v1::SkipReason NotBegun(const StepSettings& settings, bool forced, v1::State so_far) const;
  // Whether no further step begins, since a newer run takes over.
  bool Halts() const;
  // How far the stage was before, for its first run only.
  const v1::StageRun* TakeBefore();
  // Whether nothing of the stage runs, since the release is as requested.
  bool Unchanged(const Steps& steps) const;
  Context Bounded(const Context& context) const;
  v1::Stage stage() const { return chart_.report.position().stage; }

  const ListSteps list_steps_;
  const Chart& chart_;
  Known& known_;
  StepRunner steps_;
  std::set<v1::Stage> begun_;
};

}  // namespace wheelhouse::lifecycle

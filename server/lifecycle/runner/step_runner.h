// Executes one step of a stage: its tries, or the end of a step that began before the daemon ended.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/struct.pb.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "server/lifecycle/core/step.h"

namespace wheelhouse::lifecycle {

// A transition of the stage or step that runs.
v1::Transition StageTransition(v1::Stage stage, v1::State state);
v1::Transition StepTransition(v1::Stage stage, const Step& step, v1::State state);

// How a step ended.
struct StepEnd {
  std::optional<v1::Failure> failure;
  google::protobuf::Struct details;  // StepResult.details
};

// Failures are recorded (Journal) when they happen, before the transition of the step to FAILED. In
// exec the failures of earlier attempts become secondary.
//
// While a step runs, the report's position is the step's. An error instead of a StepEnd stops the
// chart where it is. Used by one thread; lives as long as the chart's run, since tries are counted
// through the attempts of exec.
class StepRunner {
 public:
  StepRunner(const Chart& chart, Known& known) : chart_(chart), known_(known) {}

  // All tries of a step that has not begun; it is skipped when its condition does not hold.
  absl::StatusOr<StepEnd> Run(const Context& context, Step& step);

  // Resumes a step that began and was not seen to end (`before`), by its resume kind.
  absl::StatusOr<StepEnd> Resume(const Context& context, Step& step, const v1::StepRun& before);

  // How a step would end, for a preview.
  absl::StatusOr<StepResult> Preview(const Context& context, Step& step);

  // Records a failure at the run's position; in exec with the failures of earlier attempts.
  absl::StatusOr<v1::Failure> RecordFailure(const absl::Status& status, bool with_earlier);

 private:
  // The error of the result is the last try's; `stop` is set where the chart stops.
  absl::StatusOr<StepResult> RunTries(const Context& context, Step& step, absl::Status* stop);
  absl::StatusOr<StepResult> Try(const Context& context, Step& step);
  absl::StatusOr<StepEnd> RecordEnd(const Step& step, const absl::StatusOr<StepResult>& result,
                                    absl::Duration took);
  // The end of a step whose failure is recorded already.
  absl::StatusOr<StepEnd> EndAs(const Step& step, const v1::Failure& failure);
  // Why the step does not run now; UNSPECIFIED when it does.
  absl::StatusOr<v1::SkipReason> SkipReasonOf(const Context& context, const Step& step,
                                              const v1::When& when);
  // Moves the report to a try of the step.
  void MoveTo(const Step& step, int attempt);
  // `context`, for what changes nothing: see Chart::Waiting. What a resumed chart finds again is
  // found.
  Context Waiting(const Context& context) const;
  v1::Stage stage() const { return chart_.report.position().stage; }

  const Chart& chart_;
  Known& known_;
  std::map<std::pair<v1::Stage, std::string>, int> tries_;
};

}  // namespace wheelhouse::lifecycle

// One chart on its way through the stages: which of them run, what is repeated, how a failure ends.
#pragma once

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"
#include "server/lifecycle/runner/first_change.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/lifecycle/runner/stage_runner.h"

namespace wheelhouse::lifecycle {

// Used by one thread.
class ChartRun {
 public:
  // All are lent.
  ChartRun(const ChartRequest& request, const Services& services, const Bounds& bounds,
           const BeforeFirstChange& before_first_change, Journal& journal);

  // Once.
  ChartOutcome Run();

 private:
  // Those that return bool: false when the chart stops where it stands.
  bool ResumeRun();
  // Finds again what is known, with the claims of a chart that is resumed. `stage` is where it goes
  // on.
  bool Recheck(v1::Stage stage);
  bool RunStage(v1::Stage stage);
  bool TakeFirstChange();
  bool RunFailureStage();
  bool ClaimToUndo();

  // Why the stage does not run; UNSPECIFIED when it does.
  v1::SkipReason SkipOf(v1::Stage stage) const;
  // Whether pre_exec is about to make the run's first change; also with an unchanged release, where
  // a step runs nevertheless.
  bool WillChange() const;
  // Records a failure that no step has had.
  void FailAt(v1::Stage stage, const absl::Status& why);
  void MarkBad();
  ChartOutcome End();

  Known known_;
  Report report_;
  const Chart chart_;
  StageRunner runner_;
  FirstChange first_change_;
};

}  // namespace wheelhouse::lifecycle

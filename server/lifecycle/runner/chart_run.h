// One chart going through the stages: which of them run, what is repeated, how a failure ends.
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
  // Those that return bool return false when the chart stops where it is.
  bool ResumeRun();
  // Takes the claims of a resumed chart and finds again what is known. `stage` is where it resumes.
  bool Recheck(v1::Stage stage);
  bool RunStage(v1::Stage stage);
  bool TakeFirstChange();
  bool RunFailureStage();
  // Whether a newer run takes over what the chart has made, so that nothing is undone.
  bool HandsOver() const;
  bool HandOver();
  bool ClaimToUndo();

  // Why the stage does not run; UNSPECIFIED when it does.
  v1::SkipReason SkipOf(v1::Stage stage) const;
  // Whether pre_exec is about to make the run's first change; also true with an unchanged release
  // when a caller's step still runs.
  bool WillChange() const;
  // Records a failure that does not belong to a step.
  void FailAt(v1::Stage stage, const absl::Status& why);
  void MarkBad();
  ChartOutcome End();

  Known known_;
  Report report_;
  kube::SharedView view_;
  const Chart chart_;
  StageRunner runner_;
  FirstChange first_change_;
  bool changes_ = false;      // it has begun to
  bool handed_over_ = false;  // a newer run takes over what it has made
};

}  // namespace wheelhouse::lifecycle

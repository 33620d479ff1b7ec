#include "server/lifecycle/runner/resumption.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/failure.h"

namespace wheelhouse::lifecycle {

bool WasChanging(const std::optional<Resume>& resume) {
  return resume.has_value() &&
         std::ranges::any_of(resume->chart.stages(), [](const v1::StageRun& stage) {
           return stage.stage() != v1::STAGE_CHECK_PREREQUISITES &&
                  stage.state() != v1::STATE_SKIPPED && stage.state() != v1::STATE_PENDING;
         });
}

v1::Stage StageToResume(const v1::ChartRun& chart) {
  for (const v1::StageRun& stage : chart.stages()) {
    if (stage.stage() != v1::STAGE_CHECK_PREREQUISITES && stage.state() == v1::STATE_RUNNING)
      return stage.stage();
  }
  return chart.stages().rbegin()->stage();
}

bool InTheMidst(const v1::ChartRun& chart) {
  return std::ranges::any_of(chart.stages(), [](const v1::StageRun& stage) {
    if (stage.state() != v1::STATE_RUNNING) return false;
    return stage.stage() == v1::STAGE_ON_DEPLOY_FAILURE ||
           std::ranges::any_of(stage.steps(), [](const v1::StepRun& step) {
             return step.state() == v1::STATE_RUNNING;
           });
  });
}

bool EndedBefore(const Known& known, v1::Stage stage) {
  const v1::StageRun* before = known.found.Before(stage);
  if (before == nullptr) return false;
  if (stage == v1::STAGE_CHECK_PREREQUISITES) return true;  // it was repeated when the run resumed
  if (before->state() == v1::STATE_FAILED) return known.failures.any();  // else it is repeated
  return before->state() == v1::STATE_SUCCEEDED || before->state() == v1::STATE_SKIPPED;
}

void RecallFailures(const Chart& chart, const v1::StageRun& stage, Known& known) {
  if (stage.state() != v1::STATE_FAILED && stage.state() != v1::STATE_SUCCEEDED) return;
  std::vector<v1::Failure> failures;
  for (const v1::StepRun& step : stage.steps()) {
    if (step.state() == v1::STATE_FAILED) failures.push_back(step.failure());
  }
  if (stage.state() == v1::STATE_FAILED) {
    if (failures.empty()) failures.push_back(known.found.before->failure());
    v1::Failure failure = std::move(failures.back());
    failures.pop_back();
    if (stage.stage() == v1::STAGE_EXEC)
      failure.mutable_secondary()->MergeFrom(known.trail.earlier());
    if (MayRepeat(chart, stage.stage(), known.trail, failure)) {
      NextAttempt(std::move(failure), known.trail);
    } else {
      known.failures.Add(stage.stage(), std::move(failure));
    }
  }
  for (v1::Failure& one : failures) known.failures.later.push_back(std::move(one));
}

void RecallSkips(const v1::ChartRun& chart, Known& known) {
  const bool skipped = std::ranges::any_of(chart.stages(), [](const v1::StageRun& stage) {
    return stage.skip_reason() == v1::SKIP_REASON_EARLIER_FAILURE;
  });
  if (!skipped || known.failures.any() || !chart.has_failure()) return;
  known.failures.Add(chart.failure().stage(), chart.failure());
}

bool MayRepeat(const Chart& chart, v1::Stage stage, const Trail& trail,
               const v1::Failure& failure) {
  const ReasonInfo* reason = FindReason(failure.reason());
  return stage == v1::STAGE_EXEC && trail.attempt() <= chart.info().upgrade_retry().count() &&
         reason != nullptr && reason->retryable && !failure.details().contains(kDryRunDetail) &&
         chart.bounds.work.Check().ok() && !chart.bounds.halted();
}

void NextAttempt(v1::Failure failure, Trail& trail) {
  trail.set_attempt(trail.attempt() + 1);
  failure.clear_secondary();
  *trail.add_earlier() = std::move(failure);
}

}  // namespace wheelhouse::lifecycle

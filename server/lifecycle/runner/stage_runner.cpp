#include "server/lifecycle/runner/stage_runner.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/runner/stopwatch.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

// The step as it was when the daemon ended; nullptr when it had not begun, or runs in any case.
const v1::StepRun* StoodBefore(const v1::StageRun* before, const Step& step) {
  const bool finds = step.settings().default_step && step.traits().read_only;
  if (before == nullptr || finds) return nullptr;
  for (const v1::StepRun& one : before->steps()) {
    if (one.name() == step.settings().name)
      return one.state() == v1::STATE_PENDING ? nullptr : &one;
  }
  return nullptr;
}

}  // namespace

absl::Status StageRunner::Skip(v1::Stage stage, v1::SkipReason why) {
  v1::Transition transition = StageTransition(stage, v1::STATE_SKIPPED);
  transition.set_skip_reason(why);
  return chart_.report.RecordSoon(transition);
}

Context StageRunner::Bounded(const Context& context) const {
  const v1::ChartInfo& info = chart_.info();
  if (stage() == v1::STAGE_EXEC) {
    const absl::Duration bound = ToDuration(info.timeout());
    return context.WithTimeout(
        bound, MakeFailure(Reason::kNotReady,
                           absl::StrCat(chart_.Name(), " was not ready within its timeout of ",
                                        absl::FormatDuration(bound))));
  }
  const plan::StageRow& row = plan::RowOf(stage());
  absl::Duration bound = row.default_seconds == 0
                             ? ToDuration(info.failure_timeout())
                             : ToDuration((info.stages().*row.get)().timeout());
  // The step await_releases has a time of its own.
  if (stage() == v1::STAGE_PRE_EXEC && !info.wait_for_releases().empty())
    bound += ToDuration(info.timeout());
  return context.WithTimeout(
      bound,
      MakeFailure(Reason::kStepFailed, absl::StrCat("the stage ", row.name, " took longer than ",
                                                    absl::FormatDuration(bound))));
}

StageOutcome StageRunner::Run(v1::Stage stage, const Context& context) {
  StageOutcome outcome;
  chart_.report.MoveTo({stage});
  outcome.interrupted = !RunListed(Bounded(context), &outcome).ok();
  return outcome;
}

v1::Transition StageRunner::BeginOf(const absl::StatusOr<Steps>& steps,
                                    const v1::StageRun* before) const {
  const bool unchanged = steps.ok() && Unchanged(*steps);
  v1::Transition begin =
      StageTransition(stage(), unchanged ? v1::STATE_SKIPPED : v1::STATE_RUNNING);
  if (unchanged) begin.set_skip_reason(v1::SKIP_REASON_UNCHANGED);
  for (size_t i = 0; steps.ok() && i < steps->size(); ++i) {
    v1::StepRun* listed = begin.add_steps();
    if (const v1::StepRun* stood = StoodBefore(before, *(*steps)[i])) {
      *listed = *stood;
      continue;
    }
    listed->set_name((*steps)[i]->settings().name);
    listed->set_kind((*steps)[i]->traits().kind);
    listed->set_state(unchanged ? v1::STATE_SKIPPED : v1::STATE_PENDING);
    listed->set_skip_reason(begin.skip_reason());
  }
  return begin;
}

absl::Status StageRunner::Preview(v1::Stage stage, const Context& context) {
  chart_.report.MoveTo({stage});
  const absl::StatusOr<Steps> steps = list_steps_(stage, chart_.info());
  v1::Transition listed = BeginOf(steps, nullptr);
  if (listed.state() == v1::STATE_SKIPPED) return chart_.report.RecordSoon(listed);
  listed.set_state(v1::STATE_SKIPPED);
  listed.set_skip_reason(v1::SKIP_REASON_DRY_RUN);
  const Context bounded = Bounded(context);
  for (int i = 0; i < listed.steps_size(); ++i) {
    const auto preview = steps_.Preview(bounded, *(*steps)[static_cast<size_t>(i)]);
    v1::StepRun* step = listed.mutable_steps(i);
    const std::string text =
        preview.ok() ? preview->outcome : std::string(preview.status().message());
    step->set_outcome(chart_.report.Mask(text));
    if (!preview.ok() || preview->skipped == v1::SKIP_REASON_UNSPECIFIED) continue;
    step->set_state(v1::STATE_SKIPPED);
    step->set_skip_reason(preview->skipped);
  }
  return chart_.report.RecordSoon(listed);
}

absl::Status StageRunner::RunListed(const Context& context, StageOutcome* outcome) {
  const Stopwatch watch;
  const absl::StatusOr<Steps> steps = list_steps_(stage(), chart_.info());
  const v1::StageRun* before = TakeBefore();
  v1::Transition begin = BeginOf(steps, before);
  begin.set_attempt(stage() == v1::STAGE_EXEC ? known_.trail.attempt() : 1);
  RETURN_IF_ERROR(chart_.report.RecordSoon(begin));
  outcome->state = begin.state();
  if (begin.state() == v1::STATE_SKIPPED) return absl::OkStatus();
  outcome->state = v1::STATE_SUCCEEDED;
  if (steps.ok()) {
    RETURN_IF_ERROR(RunSteps(context, *steps, before, outcome));
  } else {
    ASSIGN_OR_RETURN(outcome->failure, steps_.RecordFailure(steps.status(), true));
    outcome->state = v1::STATE_FAILED;
  }
  v1::Transition end = StageTransition(stage(), outcome->state);
  *end.mutable_duration() = ToProto(watch.Elapsed());
  return chart_.report.RecordSoon(end);
}

absl::Status StageRunner::RunSteps(const Context& context, const Steps& steps,
                                   const v1::StageRun* before, StageOutcome* outcome) {
  for (const auto& step : steps) {
    const StepSettings& settings = step->settings();
    const v1::StepRun* stood = StoodBefore(before, *step);
    if (stood != nullptr &&
        (stood->state() == v1::STATE_SUCCEEDED || stood->state() == v1::STATE_SKIPPED))
      continue;
    if (stood == nullptr && outcome->state != v1::STATE_FAILED && Halts()) {
      ASSIGN_OR_RETURN(outcome->failure, steps_.RecordFailure(chart_.bounds.halt.Check(), true));
      outcome->state = v1::STATE_FAILED;
    }
    const bool forced = stage() == v1::STAGE_ON_DEPLOY_FAILURE && chart_.bounds.forced();
    const v1::SkipReason skip = NotBegun(settings, forced, outcome->state);
    if (skip != v1::SKIP_REASON_UNSPECIFIED && stood == nullptr) {
      v1::Transition skipped = StepTransition(stage(), *step, v1::STATE_SKIPPED);
      skipped.set_skip_reason(skip);
      RETURN_IF_ERROR(chart_.report.RecordSoon(skipped));
      continue;
    }
    const Context within = forced && settings.default_step ? chart_.bounds.AfterForce() : context;
    absl::StatusOr<StepEnd> ended = RunStep(within, *step, stood);
    chart_.report.MoveTo({stage()});
    RETURN_IF_ERROR(ended.status());
    if (!ended->details.fields().empty()) outcome->details[settings.name] = ended->details;
    if (!ended->failure.has_value()) continue;
    if (settings.continue_on_error || outcome->state == v1::STATE_FAILED) {
      outcome->secondary.push_back(*std::move(ended->failure));
    } else {
      outcome->state = v1::STATE_FAILED;
      outcome->failure = *std::move(ended->failure);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<StepEnd> StageRunner::RunStep(const Context& context, Step& step,
                                             const v1::StepRun* stood) {
  if (stood == nullptr) return steps_.Run(context, step);
  if (stood->state() == v1::STATE_FAILED) return StepEnd{stood->failure(), {}};
  return steps_.Resume(context, step, *stood);
}

bool StageRunner::Halts() const {
  const bool again = stage() == v1::STAGE_CHECK_PREREQUISITES && known_.found.resumed();
  return !again && !chart_.undoes() && chart_.bounds.halted();
}

v1::SkipReason StageRunner::NotBegun(const StepSettings& settings, bool forced,
                                     v1::State so_far) const {
  // Evidence and remediation do not depend on a caller's step that was to report the failure.
  const bool always = stage() == v1::STAGE_ON_DEPLOY_FAILURE && settings.default_step;
  if (forced && !always) return v1::SKIP_REASON_CANCELLED;
  if (so_far == v1::STATE_FAILED && !always) return v1::SKIP_REASON_EARLIER_FAILURE;
  return v1::SKIP_REASON_UNSPECIFIED;
}

const v1::StageRun* StageRunner::TakeBefore() {
  const v1::StageRun* before = known_.found.Before(stage());
  if (!begun_.insert(stage()).second || before == nullptr) return nullptr;
  const bool goes_on =
      before->state() == v1::STATE_RUNNING || stage() == v1::STAGE_CHECK_PREREQUISITES;
  return goes_on ? before : nullptr;
}

bool StageRunner::Unchanged(const Steps& steps) const {
  return plan::RowOf(stage()).changes && known_.decided.decision == v1::DECISION_UNCHANGED &&
         std::ranges::none_of(steps,
                              [](const auto& step) { return step->settings().run_when_unchanged; });
}

}  // namespace wheelhouse::lifecycle

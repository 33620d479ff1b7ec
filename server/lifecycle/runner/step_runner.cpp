#include "server/lifecycle/runner/step_runner.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/formats/parse_scope.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/core/when.h"
#include "server/lifecycle/runner/stopwatch.h"
#include "server/plan/contents.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLongestPause = absl::Minutes(5);

// If somebody ended the run, that is the cause; if time ran out, the cause is what failed until
// then.
absl::Status EndedBetweenTries(const absl::Status& last_try, const absl::Status& ended) {
  v1::Failure failure = FailureOf(last_try);
  if (HasReason(ended, Reason::kCancelled) || HasReason(ended, Reason::kDeadlineExceeded) ||
      HasReason(ended, Reason::kSuperseded)) {
    return While(absl::StrCat("waiting to retry what failed with \"", failure.message(), "\""),
                 ended);
  }
  failure.set_message(absl::StrCat(failure.message(), "; ", FailureOf(ended).message()));
  return StatusFrom(failure);
}

}  // namespace

v1::Transition StageTransition(v1::Stage stage, v1::State state) {
  v1::Transition transition;
  transition.set_stage(stage);
  transition.set_state(state);
  return transition;
}

v1::Transition StepTransition(v1::Stage stage, const Step& step, v1::State state) {
  v1::Transition transition = StageTransition(stage, state);
  transition.set_step(step.settings().name);
  transition.set_kind(step.traits().kind);
  return transition;
}

void StepRunner::MoveTo(const Step& step, int attempt) {
  chart_.report.MoveTo({stage(), step.settings().name, attempt});
}

absl::StatusOr<StepEnd> StepRunner::Run(const Context& context, Step& step) {
  const Stopwatch watch;
  MoveTo(step, 0);
  const absl::StatusOr<v1::SkipReason> skip = SkipReasonOf(context, step, step.settings().when);
  if (skip.ok() && *skip != v1::SKIP_REASON_UNSPECIFIED) {
    v1::Transition skipped = StepTransition(stage(), step, v1::STATE_SKIPPED);
    skipped.set_skip_reason(*skip);
    RETURN_IF_ERROR(chart_.report.RecordSoon(skipped));
    return StepEnd();
  }
  if (chart_.bounds.Stops(skip.status())) return skip.status();
  absl::Status stop;
  const absl::StatusOr<StepResult> result =
      skip.ok() ? RunTries(context, step, &stop) : skip.status();
  RETURN_IF_ERROR(stop);
  return RecordEnd(step, result, watch.Elapsed());
}

absl::StatusOr<StepEnd> StepRunner::Resume(const Context& context, Step& step,
                                           const v1::StepRun& before) {
  const Stopwatch watch;
  int& tries = tries_[{stage(), before.name()}];
  tries = before.attempt();
  MoveTo(step, tries);
  // A failure is recorded when no try is left, just before the step's end.
  if (before.has_failure()) return EndAs(step, before.failure());
  const ResumeKind kind = step.traits().resume;
  absl::StatusOr<bool> done = false;
  if (kind == ResumeKind::kCheckable) done = step.WasDone(context, chart_, known_);
  RETURN_IF_ERROR(chart_.bounds.LostClaims());
  if (chart_.bounds.Stops(done.status())) return done.status();
  if (kind != ResumeKind::kOnce && done.ok() && !*done) {
    // The same try continues: what it has made in the cluster carries its number.
    --tries;
    return Run(context, step);
  }
  const bool lost = chart_.asked.request.resume->lost_claims;
  const char* when = lost ? "when the claims were lost" : "when the daemon ended";
  absl::StatusOr<StepResult> result = StepResult::Done(absl::StrCat("was already done ", when));
  if (!done.ok()) result = done.status();
  if (kind == ResumeKind::kOnce) {
    result =
        MakeFailure(lost ? Reason::kLeaseLost : Reason::kInterrupted,
                    absl::StrCat("the step ", before.name(), " was in progress ", when,
                                 "; whether it completed is unknown, and it must not run twice"));
  }
  return RecordEnd(step, result, watch.Elapsed());
}

absl::StatusOr<StepResult> StepRunner::Preview(const Context& context, Step& step) {
  // A step before it may set the payload.
  ASSIGN_OR_RETURN(const v1::SkipReason skip,
                   SkipReasonOf(context, step, KnownBefore(step.settings().when)));
  if (skip != v1::SKIP_REASON_UNSPECIFIED) return StepResult::Skipped(skip, "");
  const v1::When& when = step.settings().when;
  if (!when.has_payload() && when.expression().empty())
    return step.ExecutePreview(context, chart_, known_);
  const std::string payload =
      when.has_payload() ? absl::StrCat(when.payload().key(), " is ", when.payload().equals()) : "";
  return StepResult::Done(absl::StrCat("if ", payload,
                                       payload.empty() || when.expression().empty() ? "" : " and ",
                                       when.expression()));
}

absl::StatusOr<StepResult> StepRunner::RunTries(const Context& context, Step& step,
                                                absl::Status* stop) {
  const v1::StepRetry& retry = step.settings().retry;
  absl::Duration pause = retry.has_delay() ? ToDuration(retry.delay()) : absl::Seconds(1);
  for (int left = retry.count();; --left) {
    MoveTo(step, ++tries_[{stage(), step.settings().name}]);
    v1::Transition begin = StepTransition(stage(), step, v1::STATE_RUNNING);
    begin.set_attempt(chart_.report.position().attempt);
    const bool changes = !step.traits().read_only && !step.FindsNothingToDo(chart_, known_);
    *stop = changes ? chart_.report.Record(begin) : chart_.report.RecordSoon(begin);
    if (!stop->ok()) return *stop;
    absl::StatusOr<StepResult> result = Try(context, step);
    if (chart_.bounds.Stops(result.status())) return *stop = result.status();
    if (result.ok() || left == 0 || IsFinal(result.status()) || !context.Check().ok())
      return result;
    pause = std::min(pause, kLongestPause);
    if (const absl::Status ended = Waiting(context).Sleep(pause); !ended.ok()) {
      if (chart_.bounds.Stops(ended)) *stop = ended;
      return EndedBetweenTries(result.status(), ended);
    }
    pause *= retry.has_backoff() ? retry.backoff() : 1.0;
  }
}

Context StepRunner::Waiting(const Context& context) const {
  const bool again = stage() == v1::STAGE_CHECK_PREREQUISITES && known_.found.resumed();
  return again ? context : chart_.Waiting(context);
}

absl::StatusOr<StepResult> StepRunner::Try(const Context& context, Step& step) {
  const StepSettings& settings = step.settings();
  const Context bounded = context.WithTimeout(
      settings.timeout, MakeFailure(Reason::kStepFailed,
                                    absl::StrCat("the step ", settings.name, " took longer than ",
                                                 absl::FormatDuration(settings.timeout))));
  const Context within = step.traits().read_only ? Waiting(bounded) : bounded;
  RETURN_IF_ERROR(within.Check());
  // A step that changes something still reads what it has done once its time is over.
  const ParseScope parsing(step.traits().read_only ? within : Context::Background());
  absl::StatusOr<StepResult> result = step.Execute(within, chart_, known_);
  if (parsing.interrupted()) RETURN_IF_ERROR(within.Check());
  if (const absl::Status kept = chart_.report.KeepPayload(known_.trail); result.ok() && !kept.ok())
    result = kept;
  // A step that ended after the claims were lost may have missed something, though it reports that
  // it is done: it is resumed, unless it must not be done twice.
  if (!result.ok() || step.traits().resume != ResumeKind::kOnce)
    RETURN_IF_ERROR(chart_.bounds.LostClaims());
  return result;
}

absl::StatusOr<v1::Failure> StepRunner::RecordFailure(const absl::Status& status,
                                                      bool with_earlier) {
  v1::Failure failure = chart_.report.FailureHere(status);
  if (with_earlier && stage() == v1::STAGE_EXEC)
    failure.mutable_secondary()->MergeFrom(known_.trail.earlier());
  RETURN_IF_ERROR(chart_.report.RecordFailure(failure));
  return failure;
}

absl::StatusOr<StepEnd> StepRunner::RecordEnd(const Step& step,
                                              const absl::StatusOr<StepResult>& result,
                                              absl::Duration took) {
  StepEnd ended;
  v1::Transition end = StepTransition(stage(), step, v1::STATE_SUCCEEDED);
  end.set_attempt(chart_.report.position().attempt);
  *end.mutable_duration() = ToProto(took);
  if (result.ok()) {
    if (result->skipped != v1::SKIP_REASON_UNSPECIFIED) end.set_state(v1::STATE_SKIPPED);
    end.set_skip_reason(result->skipped);
    end.set_outcome(chart_.report.Mask(result->outcome));
    end.set_revision(known_.trail.made_revision());
    ended.details = result->details;
  } else {
    ASSIGN_OR_RETURN(ended.failure,
                     RecordFailure(result.status(), !step.settings().continue_on_error));
    end.set_state(v1::STATE_FAILED);
    end.set_outcome(ended.failure->message());
  }
  RETURN_IF_ERROR(step.traits().resume == ResumeKind::kOnce ? chart_.report.Record(end)
                                                            : chart_.report.RecordSoon(end));
  return ended;
}

absl::StatusOr<StepEnd> StepRunner::EndAs(const Step& step, const v1::Failure& failure) {
  v1::Transition end = StepTransition(stage(), step, v1::STATE_FAILED);
  end.set_attempt(chart_.report.position().attempt);
  end.set_outcome(failure.message());
  RETURN_IF_ERROR(chart_.report.Record(end));
  return StepEnd{failure, {}};
}

absl::StatusOr<v1::SkipReason> StepRunner::SkipReasonOf(const Context& context, const Step& step,
                                                        const v1::When& when) {
  const StepSettings& settings = step.settings();
  if (plan::RowOf(stage()).changes && known_.decided.decision == v1::DECISION_UNCHANGED &&
      !settings.run_when_unchanged)
    return v1::SKIP_REASON_UNCHANGED;
  if (settings.default_step) {
    const bool replaced = stage() == v1::STAGE_EXEC && settings.name == "helm" &&
                          plan::HookReplacesHelm(chart_.info());
    const bool unwanted =
        replaced ||
        (settings.may_be_skipped && plan::PlanOf(chart_.info().stages(), stage()).skip_defaults());
    return unwanted ? v1::SKIP_REASON_BY_REQUEST : v1::SKIP_REASON_UNSPECIFIED;
  }
  const helm::Chart& chart = known_.found.chart.chart;
  ASSIGN_OR_RETURN(const bool holds, Holds(context, chart_, known_.trail, when,
                                           {known_.decided.decision, chart.name, chart.version}));
  return holds ? v1::SKIP_REASON_UNSPECIFIED : v1::SKIP_REASON_CONDITION;
}

}  // namespace wheelhouse::lifecycle

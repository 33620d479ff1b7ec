#include "server/lifecycle/stage_runner.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <chrono>

#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLongestPause = absl::Minutes(5);

class Stopwatch {
 public:
  absl::Duration Elapsed() const {
    return absl::FromChrono(std::chrono::steady_clock::now() - start_);
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string StageName(v1::Stage stage) {
  return absl::AsciiStrToLower(v1::Stage_Name(stage).substr(6));
}

bool Stopping(const absl::Status& status) {
  return HasReason(status, Reason::kInterrupted) || HasReason(status, Reason::kShuttingDown) ||
         HasReason(status, Reason::kStoreUnavailable);
}

}  // namespace

absl::Status StageRunner::Record(const v1::Transition& transition) {
  return chart_.journal.Record(transition, {.intended_revision = chart_.facts.intended_revision,
                                            .baseline_revision = chart_.facts.baseline_revision,
                                            .fingerprint = chart_.facts.fingerprint,
                                            .payload_json = kube::Json(chart_.payload).dump()});
}

absl::Status StageRunner::Skip(v1::Stage stage, v1::SkipReason why) {
  v1::Transition transition;
  transition.set_stage(stage);
  transition.set_state(v1::STATE_SKIPPED);
  transition.set_skip_reason(why);
  return Record(transition);
}

Context StageRunner::Bounded(v1::Stage stage, const Context& context) const {
  const v1::ChartInfo& info = chart_.info();
  const auto stage_bound = [&](const v1::StagePlan& plan) {
    const absl::Duration bound = ToDuration(plan.timeout());
    return context.WithTimeout(
        bound, MakeFailure(Reason::kStepFailed,
                           absl::StrCat("the stage ", StageName(stage), " took longer than ",
                                        absl::FormatDuration(bound))));
  };
  switch (stage) {
    case v1::STAGE_CHECK_PREREQUISITES:
      return stage_bound(info.stages().check_prerequisites());
    case v1::STAGE_PRE_EXEC:
      return stage_bound(info.stages().pre_exec());
    case v1::STAGE_POST_EXEC:
      return stage_bound(info.stages().post_exec());
    case v1::STAGE_VALIDATE:
      return stage_bound(info.stages().validate());
    case v1::STAGE_EXEC:
      return context.WithTimeout(
          ToDuration(info.timeout()),
          MakeFailure(Reason::kNotReady,
                      absl::StrCat(chart_.Name(), " was not ready within its timeout of ",
                                   absl::FormatDuration(ToDuration(info.timeout())))));
    default:
      return context.WithTimeout(
          ToDuration(info.failure_timeout()),
          MakeFailure(Reason::kStepFailed, "on_deploy_failure took longer than failureTimeout"));
  }
}

StageOutcome StageRunner::Run(v1::Stage stage, const Context& context) {
  const Stopwatch watch;
  StageOutcome outcome;
  chart_.stage = stage;
  chart_.step.clear();
  const Context bounded = Bounded(stage, context);
  absl::StatusOr<Steps> steps = steps_.StepsOf(stage, chart_);
  v1::Transition begin;
  begin.set_stage(stage);
  begin.set_state(v1::STATE_RUNNING);
  if (steps.ok()) {
    for (const auto& step : *steps) {
      auto* listed = begin.add_steps();
      listed->set_name(step->settings().name);
      listed->set_kind(step->traits().kind);
      listed->set_state(v1::STATE_PENDING);
    }
  }
  absl::Status status = Record(begin);
  if (status.ok()) status = steps.ok() ? RunSteps(bounded, *steps, &outcome) : steps.status();
  if (!status.ok() && Stopping(status)) {
    outcome.interrupted = true;
    return outcome;
  }
  if (!status.ok()) {
    outcome.state = v1::STATE_FAILED;
    outcome.failure = FailureOf(status);
    outcome.failure.set_chart(chart_.Name());
    outcome.failure.set_stage(stage);
    outcome.failure.set_step(chart_.step);
  }
  v1::Transition end;
  end.set_stage(stage);
  end.set_state(outcome.state);
  SetDuration(watch.Elapsed(), end.mutable_duration());
  if (!Record(end).ok()) outcome.interrupted = true;
  return outcome;
}

absl::Status StageRunner::RunSteps(const Context& context, Steps& steps, StageOutcome* outcome) {
  absl::Status first;
  std::string failed;
  for (const auto& step : steps) {
    v1::SkipReason skip = first.ok() ? SkipReasonOf(*step) : v1::SKIP_REASON_EARLIER_FAILURE;
    if (skip != v1::SKIP_REASON_UNSPECIFIED) {
      v1::Transition skipped = StepTransition(*step, v1::STATE_SKIPPED);
      skipped.set_skip_reason(skip);
      RETURN_IF_ERROR(Record(skipped));
      continue;
    }
    chart_.step = step->settings().name;
    const absl::Status status = RunStep(context, *step, outcome);
    if (status.ok()) continue;
    if (Stopping(status)) return status;
    if (step->settings().continue_on_error) {
      v1::Failure failure = FailureOf(status);
      failure.set_chart(chart_.Name());
      failure.set_stage(chart_.stage);
      failure.set_step(chart_.step);
      outcome->secondary.push_back(std::move(failure));
      continue;
    }
    first = status;
    failed = chart_.step;
  }
  chart_.step = failed;
  return first;
}

absl::Status StageRunner::RunStep(const Context& context, Step& step, StageOutcome*) {
  const Stopwatch watch;
  const v1::StepRetry& retry = step.settings().retry;
  absl::Duration pause = retry.has_delay() ? ToDuration(retry.delay()) : absl::Seconds(1);
  absl::Status status;
  for (int attempt = 1;; ++attempt) {
    v1::Transition begin = StepTransition(step, v1::STATE_RUNNING);
    begin.set_attempt(attempt);
    RETURN_IF_ERROR(Record(begin));
    absl::StatusOr<StepResult> result = Try(context, step);
    status = result.status();
    if (!status.ok() && Stopping(status)) return status;
    if (status.ok() || attempt > retry.count() || !context.Check().ok()) {
      v1::Transition end = StepTransition(step, v1::STATE_FAILED);
      end.set_attempt(attempt);
      SetDuration(watch.Elapsed(), end.mutable_duration());
      if (result.ok()) {
        end.set_state(result->skipped == v1::SKIP_REASON_UNSPECIFIED ? v1::STATE_SUCCEEDED
                                                                     : v1::STATE_SKIPPED);
        end.set_skip_reason(result->skipped);
        end.set_outcome(chart_.redactor.Mask(result->outcome));
        end.set_revision(chart_.facts.made_revision);
      } else {
        end.set_outcome(chart_.redactor.Mask(FailureOf(status).message()));
      }
      RETURN_IF_ERROR(Record(end));
      return status;
    }
    RETURN_IF_ERROR(context.Sleep(pause));
    pause = std::min(pause * (retry.has_backoff() ? retry.backoff() : 1.0), kLongestPause);
  }
}

absl::StatusOr<StepResult> StageRunner::Try(const Context& context, Step& step) {
  const Context bounded = context.WithTimeout(
      step.settings().timeout,
      MakeFailure(Reason::kStepFailed,
                  absl::StrCat("the step ", step.settings().name, " took longer than ",
                               absl::FormatDuration(step.settings().timeout))));
  RETURN_IF_ERROR(bounded.Check());
  return step.Run(bounded, chart_);
}

v1::SkipReason StageRunner::SkipReasonOf(const Step& step) const {
  const StepSettings& settings = step.settings();
  const Facts& facts = chart_.facts;
  const bool changes = chart_.stage == v1::STAGE_PRE_EXEC || chart_.stage == v1::STAGE_EXEC ||
                       chart_.stage == v1::STAGE_POST_EXEC;
  if (changes && facts.decision == v1::DECISION_UNCHANGED && !settings.run_when_unchanged)
    return v1::SKIP_REASON_UNCHANGED;
  if (settings.default_step) return v1::SKIP_REASON_UNSPECIFIED;
  const v1::When& when = settings.when;
  const v1::StepAction action =
      chart_.destroys() ? v1::STEP_ACTION_DESTROY : v1::STEP_ACTION_DEPLOY;
  bool holds = when.actions().empty() && action == v1::STEP_ACTION_DEPLOY;
  for (const int wanted : when.actions()) holds = holds || wanted == action;
  if (when.has_payload()) {
    const auto found = chart_.payload.find(when.payload().key());
    holds = holds && found != chart_.payload.end() && found->second == when.payload().equals();
  }
  return holds ? v1::SKIP_REASON_UNSPECIFIED : v1::SKIP_REASON_CONDITION;
}

v1::Transition StageRunner::StepTransition(const Step& step, v1::State state) const {
  v1::Transition transition;
  transition.set_stage(chart_.stage);
  transition.set_step(step.settings().name);
  transition.set_kind(step.traits().kind);
  transition.set_state(state);
  return transition;
}

}  // namespace wheelhouse::lifecycle

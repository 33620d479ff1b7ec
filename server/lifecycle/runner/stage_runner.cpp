#include "server/lifecycle/runner/stage_runner.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <chrono>

#include "common/durations.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/when.h"
#include "server/plan/stage_table.h"

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

std::string TookLonger(const std::string& what, absl::Duration bound) {
  return absl::StrCat(what, " took longer than ", absl::FormatDuration(bound));
}

// The step as it stood when the daemon ended; nullptr: it had not begun, or runs all the same.
const v1::StepRun* Known(const v1::StageRun* before, const Step& step) {
  const bool finds_facts = step.settings().default_step && step.traits().read_only;
  if (before == nullptr || finds_facts) return nullptr;
  for (const v1::StepRun& one : before->steps()) {
    if (one.name() == step.settings().name)
      return one.state() == v1::STATE_PENDING ? nullptr : &one;
  }
  return nullptr;
}

// Who ended the run is its cause; where time ran out, what failed until then is.
absl::Status EndedBetweenTries(const absl::Status& last_try, const absl::Status& ended) {
  v1::Failure failure = FailureOf(last_try);
  if (HasReason(ended, Reason::kCancelled) || HasReason(ended, Reason::kDeadlineExceeded)) {
    return While(absl::StrCat("waiting to try again what failed with \"", failure.message(), "\""),
                 ended);
  }
  failure.set_message(absl::StrCat(failure.message(), "; ", FailureOf(ended).message()));
  return StatusFrom(failure);
}

}  // namespace

absl::Status StageRunner::Record(const v1::Transition& transition) {
  return chart_.journal.Record(transition, chart_.Note());
}

absl::Status StageRunner::Skip(v1::Stage stage, v1::SkipReason why) {
  v1::Transition transition;
  transition.set_stage(stage);
  transition.set_state(v1::STATE_SKIPPED);
  transition.set_skip_reason(why);
  return Record(transition);
}

Context StageRunner::Bounded(const Context& context) const {
  const v1::ChartInfo& info = chart_.info();
  if (chart_.stage == v1::STAGE_EXEC) {
    const absl::Duration bound = ToDuration(info.timeout());
    return context.WithTimeout(
        bound, MakeFailure(Reason::kNotReady,
                           absl::StrCat(chart_.Name(), " was not ready within its timeout of ",
                                        absl::FormatDuration(bound))));
  }
  const plan::StageRow& row = plan::RowOf(chart_.stage);
  const absl::Duration bound = row.default_seconds == 0
                                   ? ToDuration(info.failure_timeout())
                                   : ToDuration((info.stages().*row.get)().timeout());
  return context.WithTimeout(
      bound,
      MakeFailure(Reason::kStepFailed, TookLonger(absl::StrCat("the stage ", row.name), bound)));
}

StageOutcome StageRunner::Run(v1::Stage stage, const Context& context,
                              const StageAttempt& attempt) {
  StageOutcome outcome;
  chart_.stage = stage;
  chart_.step.clear();
  outcome.interrupted = !RunListed(Bounded(context), attempt, &outcome).ok();
  return outcome;
}

v1::Transition StageRunner::BeginOf(const absl::StatusOr<Steps>& steps,
                                    const v1::StageRun* before) const {
  const bool unchanged = steps.ok() && Unchanged(*steps);
  v1::Transition begin = StageTransition(unchanged ? v1::STATE_SKIPPED : v1::STATE_RUNNING);
  if (unchanged) begin.set_skip_reason(v1::SKIP_REASON_UNCHANGED);
  for (size_t i = 0; steps.ok() && i < steps->size(); ++i) {
    v1::StepRun* listed = begin.add_steps();
    if (const v1::StepRun* known = Known(before, *(*steps)[i])) {
      *listed = *known;
      continue;
    }
    listed->set_name((*steps)[i]->settings().name);
    listed->set_kind((*steps)[i]->traits().kind);
    listed->set_state(unchanged ? v1::STATE_SKIPPED : v1::STATE_PENDING);
    listed->set_skip_reason(begin.skip_reason());
  }
  return begin;
}

absl::Status StageRunner::Foresee(v1::Stage stage, const Context& context) {
  chart_.stage = stage;
  chart_.step.clear();
  const absl::StatusOr<Steps> steps = steps_.StepsOf(stage, chart_);
  v1::Transition listed = BeginOf(steps, nullptr);
  if (listed.state() == v1::STATE_SKIPPED) return Record(listed);
  listed.set_state(v1::STATE_SKIPPED);
  listed.set_skip_reason(v1::SKIP_REASON_DRY_RUN);
  const Context bounded = Bounded(context);
  for (int i = 0; i < listed.steps_size(); ++i) {
    const auto foreseen = Foresee(bounded, *(*steps)[static_cast<size_t>(i)]);
    v1::StepRun* step = listed.mutable_steps(i);
    const std::string text =
        foreseen.ok() ? foreseen->outcome : std::string(foreseen.status().message());
    step->set_outcome(chart_.Mask(text));
    if (!foreseen.ok() || foreseen->skipped == v1::SKIP_REASON_UNSPECIFIED) continue;
    step->set_state(v1::STATE_SKIPPED);
    step->set_skip_reason(foreseen->skipped);
  }
  return Record(listed);
}

absl::StatusOr<StepResult> StageRunner::Foresee(const Context& context, Step& step) {
  v1::When known = step.settings().when;
  // A step before it may set the payload.
  known.clear_payload();
  ASSIGN_OR_RETURN(const v1::SkipReason skip, SkipReasonOf(context, step, known));
  if (skip != v1::SKIP_REASON_UNSPECIFIED) return StepResult::Skipped(skip, "");
  const v1::When& when = step.settings().when;
  if (!when.has_payload()) return step.Foresee(context, chart_);
  return StepResult::Done(
      absl::StrCat("if ", when.payload().key(), " is ", when.payload().equals()));
}

absl::Status StageRunner::RunListed(const Context& context, const StageAttempt& attempt,
                                    StageOutcome* outcome) {
  const Stopwatch watch;
  const absl::StatusOr<Steps> steps = steps_.StepsOf(chart_.stage, chart_);
  const v1::StageRun* before = TakeBefore();
  v1::Transition begin = BeginOf(steps, before);
  begin.set_attempt(attempt.number);
  RETURN_IF_ERROR(Record(begin));
  outcome->state = begin.state();
  if (begin.state() == v1::STATE_SKIPPED) return absl::OkStatus();
  outcome->state = v1::STATE_SUCCEEDED;
  if (steps.ok()) {
    RETURN_IF_ERROR(RunSteps(context, attempt, *steps, before, outcome));
  } else {
    ASSIGN_OR_RETURN(outcome->failure, RecordFailure(steps.status(), attempt.earlier));
    outcome->state = v1::STATE_FAILED;
  }
  v1::Transition end = StageTransition(outcome->state);
  SetDuration(watch.Elapsed(), end.mutable_duration());
  return Record(end);
}

absl::Status StageRunner::RunSteps(const Context& context, const StageAttempt& attempt,
                                   const Steps& steps, const v1::StageRun* before,
                                   StageOutcome* outcome) {
  for (const auto& step : steps) {
    const StepSettings& settings = step->settings();
    const v1::StepRun* known = Known(before, *step);
    if (known != nullptr &&
        (known->state() == v1::STATE_SUCCEEDED || known->state() == v1::STATE_SKIPPED))
      continue;
    const bool forced = chart_.stage == v1::STAGE_ON_DEPLOY_FAILURE && chart_.bounds.forced();
    const v1::SkipReason skip = NotBegun(settings, forced, outcome->state);
    if (skip != v1::SKIP_REASON_UNSPECIFIED && known == nullptr) {
      v1::Transition skipped = StepTransition(*step, v1::STATE_SKIPPED);
      skipped.set_skip_reason(skip);
      RETURN_IF_ERROR(Record(skipped));
      continue;
    }
    chart_.step = settings.name;
    const Context within = forced && settings.default_step ? chart_.AfterForce() : context;
    std::optional<v1::Failure> failure;
    if (known == nullptr) {
      ASSIGN_OR_RETURN(failure, RunStep(within, attempt, *step));
    } else if (known->state() == v1::STATE_FAILED) {
      failure = known->failure();
    } else {
      ASSIGN_OR_RETURN(failure, TakeUp(within, attempt, *step, *known));
    }
    chart_.step.clear();
    if (!failure.has_value()) continue;
    if (settings.continue_on_error || outcome->state == v1::STATE_FAILED) {
      outcome->secondary.push_back(*std::move(failure));
    } else {
      outcome->state = v1::STATE_FAILED;
      outcome->failure = *std::move(failure);
    }
  }
  return absl::OkStatus();
}

v1::SkipReason StageRunner::NotBegun(const StepSettings& settings, bool forced,
                                     v1::State stage) const {
  // Evidence and remediation do not depend on a caller's step that was to tell of the failure.
  const bool always = chart_.stage == v1::STAGE_ON_DEPLOY_FAILURE && settings.default_step;
  if (forced && !always) return v1::SKIP_REASON_CANCELLED;
  if (stage == v1::STATE_FAILED && !always) return v1::SKIP_REASON_EARLIER_FAILURE;
  return v1::SKIP_REASON_UNSPECIFIED;
}

StageRunner::Ended StageRunner::RunStep(const Context& context, const StageAttempt& attempt,
                                        Step& step) {
  const Stopwatch watch;
  chart_.attempt = 0;
  const absl::StatusOr<v1::SkipReason> skip = SkipReasonOf(context, step, step.settings().when);
  if (skip.ok() && *skip != v1::SKIP_REASON_UNSPECIFIED) {
    v1::Transition skipped = StepTransition(step, v1::STATE_SKIPPED);
    skipped.set_skip_reason(*skip);
    RETURN_IF_ERROR(Record(skipped));
    return std::nullopt;
  }
  if (chart_.Stops(skip.status())) return skip.status();
  absl::Status stop;
  const absl::StatusOr<StepResult> result =
      skip.ok() ? RunTries(context, step, &stop) : skip.status();
  RETURN_IF_ERROR(stop);
  return RecordEnd(step, attempt, result, watch.Elapsed());
}

const v1::StageRun* StageRunner::TakeBefore() {
  const v1::StageRun* before = chart_.Before(chart_.stage);
  if (!begun_.insert(chart_.stage).second || before == nullptr) return nullptr;
  const bool goes_on =
      before->state() == v1::STATE_RUNNING || chart_.stage == v1::STAGE_CHECK_PREREQUISITES;
  return goes_on ? before : nullptr;
}

StageRunner::Ended StageRunner::TakeUp(const Context& context, const StageAttempt& attempt,
                                       Step& step, const v1::StepRun& before) {
  const Stopwatch watch;
  int& tries = tries_[{chart_.stage, before.name()}];
  tries = chart_.attempt = before.attempt();
  // A failure is recorded when no try is left, just before the step's end.
  if (before.has_failure()) return EndAs(step, before.failure());
  const ResumeKind kind = step.traits().resume;
  absl::StatusOr<bool> done = false;
  if (kind == ResumeKind::kCheckable) done = step.AlreadyDone(context, chart_);
  RETURN_IF_ERROR(chart_.LostClaims());
  if (chart_.Stops(done.status())) return done.status();
  if (kind != ResumeKind::kOnce && done.ok() && !*done) {
    // The same try goes on: what it has made in the cluster bears its number.
    --tries;
    return RunStep(context, attempt, step);
  }
  const bool lost = chart_.request.resume->lost_claims;
  const char* when = lost ? "when the claims were lost" : "when the daemon ended";
  absl::StatusOr<StepResult> result = StepResult::Done(absl::StrCat("was done ", when));
  if (!done.ok()) result = done.status();
  if (kind == ResumeKind::kOnce) {
    result = MakeFailure(
        lost ? Reason::kLeaseLost : Reason::kInterrupted,
        absl::StrCat("the step ", before.name(), " was begun ", when,
                     "; whether it was done cannot be seen, and it must not be done twice"));
  }
  return RecordEnd(step, attempt, result, watch.Elapsed());
}

absl::StatusOr<StepResult> StageRunner::RunTries(const Context& context, Step& step,
                                                 absl::Status* stop) {
  const v1::StepRetry& retry = step.settings().retry;
  absl::Duration pause = retry.has_delay() ? ToDuration(retry.delay()) : absl::Seconds(1);
  for (int left = retry.count();; --left) {
    chart_.attempt = ++tries_[{chart_.stage, step.settings().name}];
    v1::Transition begin = StepTransition(step, v1::STATE_RUNNING);
    begin.set_attempt(chart_.attempt);
    *stop = Record(begin);
    if (!stop->ok()) return *stop;
    absl::StatusOr<StepResult> result = Try(context, step);
    if (chart_.Stops(result.status())) return *stop = result.status();
    if (result.ok() || left == 0 || !context.Check().ok()) return result;
    pause = std::min(pause, kLongestPause);
    if (const absl::Status ended = context.Sleep(pause); !ended.ok()) {
      if (chart_.Stops(ended)) *stop = ended;
      return EndedBetweenTries(result.status(), ended);
    }
    pause *= retry.has_backoff() ? retry.backoff() : 1.0;
  }
}

absl::StatusOr<StepResult> StageRunner::Try(const Context& context, Step& step) {
  const StepSettings& settings = step.settings();
  const Context bounded = context.WithTimeout(
      settings.timeout,
      MakeFailure(Reason::kStepFailed,
                  TookLonger(absl::StrCat("the step ", settings.name), settings.timeout)));
  RETURN_IF_ERROR(bounded.Check());
  absl::StatusOr<StepResult> result = step.Run(bounded, chart_);
  // A step that ended behind a fence that was shut may have missed something, though it says that
  // it is done: it is taken up again, except where it must not be done twice.
  if (!result.ok() || step.traits().resume != ResumeKind::kOnce)
    RETURN_IF_ERROR(chart_.LostClaims());
  return result;
}

absl::StatusOr<v1::Failure> StageRunner::RecordFailure(const absl::Status& status,
                                                       const std::vector<v1::Failure>& earlier) {
  v1::Failure failure = chart_.FailureHere(status);
  for (const v1::Failure& one : earlier) *failure.add_secondary() = one;
  RETURN_IF_ERROR(chart_.journal.RecordFailure(failure));
  return failure;
}

StageRunner::Ended StageRunner::RecordEnd(const Step& step, const StageAttempt& attempt,
                                          const absl::StatusOr<StepResult>& result,
                                          absl::Duration took) {
  const StepSettings& settings = step.settings();
  std::optional<v1::Failure> failure;
  v1::Transition end = StepTransition(step, v1::STATE_SUCCEEDED);
  end.set_attempt(chart_.attempt);
  SetDuration(took, end.mutable_duration());
  if (result.ok()) {
    if (result->skipped != v1::SKIP_REASON_UNSPECIFIED) end.set_state(v1::STATE_SKIPPED);
    end.set_skip_reason(result->skipped);
    end.set_outcome(chart_.Mask(result->outcome));
    end.set_revision(chart_.facts.made_revision);
  } else {
    ASSIGN_OR_RETURN(failure, RecordFailure(result.status(), settings.continue_on_error
                                                                 ? std::vector<v1::Failure>{}
                                                                 : attempt.earlier));
    end.set_state(v1::STATE_FAILED);
    end.set_outcome(failure->message());
  }
  RETURN_IF_ERROR(Record(end));
  return failure;
}

StageRunner::Ended StageRunner::EndAs(const Step& step, const v1::Failure& failure) {
  v1::Transition end = StepTransition(step, v1::STATE_FAILED);
  end.set_attempt(chart_.attempt);
  end.set_outcome(failure.message());
  RETURN_IF_ERROR(Record(end));
  return failure;
}

absl::StatusOr<v1::SkipReason> StageRunner::SkipReasonOf(const Context& context, const Step& step,
                                                         const v1::When& when) {
  const StepSettings& settings = step.settings();
  if (plan::RowOf(chart_.stage).changes && chart_.facts.decision == v1::DECISION_UNCHANGED &&
      !settings.run_when_unchanged)
    return v1::SKIP_REASON_UNCHANGED;
  if (settings.default_step) {
    const bool unwanted = settings.may_be_skipped &&
                          plan::PlanOf(chart_.info().stages(), chart_.stage).skip_defaults();
    return unwanted ? v1::SKIP_REASON_BY_REQUEST : v1::SKIP_REASON_UNSPECIFIED;
  }
  ASSIGN_OR_RETURN(const bool holds, Holds(context, chart_, when));
  return holds ? v1::SKIP_REASON_UNSPECIFIED : v1::SKIP_REASON_CONDITION;
}

bool StageRunner::Unchanged(const Steps& steps) const {
  return plan::RowOf(chart_.stage).changes && chart_.facts.decision == v1::DECISION_UNCHANGED &&
         std::ranges::none_of(steps,
                              [](const auto& step) { return step->settings().run_when_unchanged; });
}

v1::Transition StageRunner::StageTransition(v1::State state) const {
  v1::Transition transition;
  transition.set_stage(chart_.stage);
  transition.set_state(state);
  return transition;
}

v1::Transition StageRunner::StepTransition(const Step& step, v1::State state) const {
  v1::Transition transition = StageTransition(state);
  transition.set_step(step.settings().name);
  transition.set_kind(step.traits().kind);
  return transition;
}

}  // namespace wheelhouse::lifecycle

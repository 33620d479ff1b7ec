#include <absl/strings/str_cat.h>

#include <utility>

#include "common/sha256.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/hook/hook_run.h"
#include "server/lifecycle/steps/callers/hook/hook_values.h"

namespace wheelhouse::lifecycle {
namespace {

// How a call goes on is decided here, by its effect.
constexpr StepTraits kTraits{"hook", false, ResumeKind::kCheckable};

v1::HookChart FactsOf(const Chart& chart, const Known& known) {
  v1::HookChart facts;
  facts.set_name(chart.info().name());
  facts.set_namespace_(chart.info().namespace_());
  facts.set_action(chart.info().action());
  facts.set_decision(known.decided.decision);
  facts.set_chart_name(known.found.chart.chart.name);
  facts.set_chart_version(known.found.chart.chart.version);
  facts.set_installed_version(known.trail.installed_version());
  facts.set_baseline_revision(known.trail.baseline_revision());
  facts.set_made_revision(known.trail.made_revision());
  if (known.failures.any()) {
    *facts.mutable_failure() = known.failures.first;
    facts.mutable_failure()->clear_evidence();
  }
  for (const std::string& ns : chart.asked.request.namespaces) facts.add_namespaces(ns);
  return facts;
}

absl::Status FailureOfHook(const std::string& name, const v1::HookFailure& failure) {
  std::map<std::string, std::string> details = {{"hook", name}};
  if (!failure.reason().empty()) details["hook_reason"] = failure.reason();
  if (!failure.retryable()) details[kFinalDetail] = "true";
  return MakeFailure(
      Reason::kStepFailed,
      absl::StrCat("the hook ", name, " failed: ",
                   failure.message().empty() ? "it gave no reason" : failure.message()),
      std::move(details));
}

// Needs all that is known: facts for the hook, and the steps that it may have done. So it is no
// StepOn.
class HookStep final : public Step {
 public:
  HookStep(const v1::HookStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Execute(const Context& context, const Chart& chart,
                                     Known& known) override {
    // In a preview only the steps of check_prerequisites are executed.
    const bool preview = chart.asked.request.preview;
    HookRun run(chart, known, step_, IdOf(chart, known), preview);
    ASSIGN_OR_RETURN(HookRequest request, RequestOf(chart, known, preview));
    if (run.IsNewest()) {
      request.attempts = known.trail.hook().attempt();
      request.begun = known.trail.hook().begun();
    }
    // The worker takes its time, and may need runs of this daemon to do so.
    StepAside(chart.asked.request.slot);
    // When a newer run takes over, one that changes something is finished, once a worker has it.
    const bool reads = step_.effect() == v1::HOOK_EFFECT_READ_ONLY;
    request.patience = chart.Waiting(context);
    const absl::StatusOr<v1::Result> result =
        Call(reads ? *request.patience : context, chart, request, run);
    if (!preview && !chart.undoes())
      TakeToChange(chart.asked.request.slot, chart.Waiting(chart.bounds.work));
    if (chart.bounds.Stops(result.status())) return result.status();
    if (!result.ok()) run.Failed();
    RETURN_IF_ERROR(result.status());
    if (result->has_failure()) return FailureOfHook(step_.name(), result->failure());
    return StepResult::Done(OutcomeOf(result->outcome()));
  }

  absl::StatusOr<StepResult> ExecutePreview(const Context& context, const Chart& chart,
                                            Known& known) override {
    const std::string what = absl::StrCat("calls the hook ", step_.name());
    if (step_.effect() != v1::HOOK_EFFECT_READ_ONLY) return StepResult::Done(what);
    HookRun run(chart, known, step_, IdOf(chart, known), true);
    ASSIGN_OR_RETURN(HookRequest request, RequestOf(chart, known, true));
    // A preview says what there is, and waits for nobody.
    request.wait_for_worker = false;
    request.queue_timeout = absl::Seconds(5);
    const absl::StatusOr<v1::Result> result = Call(context, chart, request, run);
    if (HasReason(result.status(), Reason::kHookUnavailable))
      return StepResult::Done(absl::StrCat(what, ", which no worker serves now"));
    RETURN_IF_ERROR(result.status());
    if (result->has_failure()) return FailureOfHook(step_.name(), result->failure());
    return StepResult::Done(OutcomeOf(result->outcome()));
  }

  absl::StatusOr<bool> WasDone(const Context&, const Chart& chart, Known& known) override {
    const Trail::Hook& newest = known.trail.hook();
    if (newest.id() != IdOf(chart, known) || !newest.has_outcome()) return false;
    v1::Attempt attempt;
    attempt.set_id(newest.id());
    attempt.set_attempt(newest.attempt());
    if (chart.services.hooks != nullptr)
      chart.services.hooks->Forget(chart.asked.request.caller, attempt);
    if (!newest.has_failure()) return true;
    const bool again = newest.failure().retryable() && step_.effect() != v1::HOOK_EFFECT_ONCE;
    if (again) return false;
    return FailureOfHook(step_.name(), newest.failure());
  }

 private:
  std::string OutcomeOf(const std::string& outcome) const {
    return outcome.empty() ? absl::StrCat("called ", step_.name()) : outcome;
  }

  // An attempt of exec begins anew: what was called in the one before it is called again.
  std::string IdOf(const Chart& chart, const Known& known) const {
    const Position& at = chart.report.position();
    const int exec = at.stage == v1::STAGE_EXEC ? known.trail.attempt() : 0;
    return Sha256Hex(absl::StrCat(chart.asked.request.run_id, "|", chart.Name(), "|", at.stage, "|",
                                  settings().name, "|", exec))
        .substr(0, 32);
  }

  absl::StatusOr<HookRequest> RequestOf(const Chart& chart, const Known& known,
                                        bool preview) const {
    HookRequest request;
    v1::Invoke& invoke = request.invoke;
    invoke.mutable_attempt()->set_id(IdOf(chart, known));
    invoke.set_name(step_.name());
    invoke.set_version(step_.version());
    const auto& pinned = known.trail.hook_versions();
    if (const auto found = pinned.find(step_.name());
        step_.version().empty() && found != pinned.end())
      invoke.set_version(found->second);
    *invoke.mutable_input() = step_.input();
    *invoke.mutable_payload() = known.trail.payload();
    *invoke.mutable_heartbeat() = step_.heartbeat();
    invoke.set_effect(step_.effect());
    invoke.set_preview(preview);
    *invoke.mutable_chart() = FactsOf(chart, known);
    RETURN_IF_ERROR(PutValues(chart, known, step_, invoke.mutable_chart()));
    invoke.set_stage(chart.report.position().stage);
    invoke.set_step(settings().name);
    invoke.set_run_id(chart.asked.request.run_id);
    request.chart = chart.Name();
    request.owner = chart.asked.request.caller;
    request.scope = step_.scope();
    request.heartbeat = ToDuration(step_.heartbeat());
    if (step_.has_queue_timeout()) request.queue_timeout = ToDuration(step_.queue_timeout());
    request.wait_for_worker = step_.no_worker() != v1::NO_WORKER_FAIL;
    request.stops = [&chart](const absl::Status& ended) { return chart.bounds.Stops(ended); };
    return request;
  }

  absl::StatusOr<v1::Result> Call(const Context& context, const Chart& chart,
                                  const HookRequest& request, HookRun& run) const {
    if (chart.services.hooks == nullptr)
      return MakeFailure(Reason::kHookUnavailable, "this daemon serves no hooks");
    return chart.services.hooks->Call(context, request, run);
  }

  const v1::HookStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<HookStep>(step.hook(), std::move(settings));
}

}  // namespace

const CallerStep kHookStep{v1::Step::kHook, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/formats/jsonpath.h"
#include "common/status_macros.h"
#include "server/cel/object_variables.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/payload.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/streak.h"
#include "server/plan/fields/expressions.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"assert", true};

class AssertStep final : public StepOn<const Trail> {
 public:
  AssertStep(const v1::AssertStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 const Trail& trail) override {
    const v1::ObjectRef& ref = step_.object();
    ASSIGN_OR_RETURN(const auto id, chart.Identify(context, ref.api_version(), ref.kind(),
                                                   ref.namespace_(), ref.name()));
    ASSIGN_OR_RETURN(const std::string expected, Expand(trail, step_.equals()));
    Streak streak(chart.services.clock, step_.hold());
    const bool by_expression = !step_.expression().empty();
    while (true) {
      RETURN_IF_ERROR(by_expression ? Ask(context, chart, id, trail)
                                    : Look(context, chart, id, expected));
      if (streak.Saw(true))
        return StepResult::Done(by_expression ? step_.expression()
                                              : absl::StrCat(step_.json_path(), " is ", expected));
      chart.report.Waiting(id.ToString(), streak.Progress());
      RETURN_IF_ERROR(While(
          absl::StrCat("checking whether ", id.ToString(), " stays as it is, ", streak.Progress()),
          context.Sleep(absl::Milliseconds(500))));
    }
  }

 private:
  absl::Status Look(const Context& context, const Chart& chart, const kube::ObjectId& id,
                    const std::string& expected) const {
    ASSIGN_OR_RETURN(const kube::Json object, chart.kube().Get(context, id));
    const auto value = ReadJsonPath(object, step_.json_path());
    if (!value.ok()) return MakeFailure(Reason::kStepFailed, std::string(value.status().message()));
    if (*value == expected) return absl::OkStatus();
    return MakeFailure(Reason::kValidationFailed,
                       absl::StrCat(step_.json_path(), " of ", id.ToString(), " is \"", *value,
                                    "\", expected \"", expected, "\""),
                       {{"object", id.ToString()}});
  }

  absl::Status Ask(const Context& context, const Chart& chart, const kube::ObjectId& id,
                   const Trail& trail) const {
    ASSIGN_OR_RETURN(const kube::Json object, chart.kube().Get(context, id));
    kube::Json payload = kube::Json::object();
    for (const auto& [key, value] : trail.payload()) payload[key] = value;
    cel::Activation activation = cel::ActivationOf(object);
    activation.Set("payload", payload);
    const auto expression = cel::Expression::Parse(step_.expression(), plan::AssertVariables());
    const auto holds = expression.ok() ? expression->Holds(context, activation)
                                       : absl::StatusOr<bool>(expression.status());
    RETURN_IF_ERROR(context.Check());
    if (holds.ok() && *holds) return absl::OkStatus();
    const std::string what = absl::StrCat(step_.expression(), " of ", id.ToString());
    if (holds.ok())
      return MakeFailure(Reason::kValidationFailed, what + " is false",
                         {{"object", id.ToString()}});
    // What the object does not have yet may come: a try again, not a mistake in the plan.
    const bool missing = absl::IsNotFound(holds.status());
    return MakeFailure(missing ? Reason::kValidationFailed : Reason::kStepFailed,
                       absl::StrCat(what, ": ", std::string(holds.status().message())),
                       {{"object", id.ToString()}});
  }

  const v1::AssertStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<AssertStep>(step.assertion(), std::move(settings));
}

}  // namespace

const CallerStep kAssertStep{v1::Step::kAssertion, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

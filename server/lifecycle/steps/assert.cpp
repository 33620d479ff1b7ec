#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/kube/jsonpath.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"assert", true};

class AssertStep final : public Step {
 public:
  AssertStep(const v1::AssertStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const v1::ObjectRef& ref = step_.object();
    ASSIGN_OR_RETURN(const auto id, chart.Identify(context, ref.api_version(), ref.kind(),
                                                   ref.namespace_(), ref.name()));
    ASSIGN_OR_RETURN(const std::string expected, chart.Expand(step_.equals()));
    ASSIGN_OR_RETURN(const kube::Json object, chart.kube().Get(context, id));
    const auto value = kube::ReadJsonPath(object, step_.json_path());
    if (!value.ok()) return MakeFailure(Reason::kStepFailed, std::string(value.status().message()));
    if (*value == expected)
      return StepResult::Done(absl::StrCat(step_.json_path(), " is ", expected));
    return MakeFailure(Reason::kValidationFailed,
                       absl::StrCat(step_.json_path(), " of ", id.ToString(), " is \"", *value,
                                    "\", expected \"", expected, "\""),
                       {{"object", id.ToString()}});
  }

 private:
  const v1::AssertStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  CheckRef(step.assertion().object(), path + ".assert.object", wrong);
  const auto read = kube::ReadJsonPath(kube::Json::object(), step.assertion().json_path());
  if (!read.ok())
    wrong->push_back({path + ".assert.json_path", std::string(read.status().message())});
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  if (!step.assertion().object().namespace_().empty())
    namespaces->insert(step.assertion().object().namespace_());
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<AssertStep>(step.assertion(), std::move(settings));
}

}  // namespace

const StepKind kAssertKind{v1::Step::kAssertion, "assert", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

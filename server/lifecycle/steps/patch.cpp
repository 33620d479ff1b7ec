#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"patch"};
// An operation may add to a list: twice is not once.
constexpr StepTraits kJsonTraits{"patch", false, ResumeKind::kOnce};

struct Text {
  const std::string& text;
  const char* field;
  kube::PatchType type;
};

Text TextOf(const v1::PatchStep& step) {
  if (step.has_strategic()) return {step.strategic(), "strategic", kube::PatchType::kStrategic};
  if (step.has_json()) return {step.json(), "json", kube::PatchType::kJson};
  return {step.merge(), "merge", kube::PatchType::kMerge};
}

bool ReadsAs(const std::string& text, kube::PatchType type) {
  const kube::Json patch = kube::Json::parse(text, nullptr, false);
  return type == kube::PatchType::kJson ? patch.is_array() : patch.is_object();
}

class PatchStep final : public Step {
 public:
  PatchStep(const v1::PatchStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return step_.has_json() ? kJsonTraits : kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const Text patch = TextOf(step_);
    // A value of the payload cannot end the string that it stands in.
    ASSIGN_OR_RETURN(const std::string text, chart.Expand(patch.text, [](const std::string& value) {
      return EscapeControls(value, true);
    }));
    if (!ReadsAs(text, patch.type)) {
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("the patch with its payload values is no JSON ",
                                      patch.type == kube::PatchType::kJson ? "list" : "object"));
    }
    ASSIGN_OR_RETURN(const auto ids, FindObjects(context, chart, step_.objects(), {}));
    for (const kube::ObjectId& id : ids)
      RETURN_IF_ERROR(chart.LeaveChanged(
          id, "patched", chart.kube().Patch(context, id, patch.type, text).status()));
    return StepResult::Done(absl::StrCat("patched ", ids.size(), " objects"));
  }

 private:
  const v1::PatchStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const v1::PatchStep& message = step.patch();
  CheckRefs(message.objects(), {}, path + ".patch", wrong);
  if (message.patch_case() == v1::PatchStep::PATCH_NOT_SET) {
    wrong->push_back({path + ".patch", "expected one of merge, strategic, json"});
    return;
  }
  const Text patch = TextOf(message);
  if (patch.text.find("${payload.") != std::string::npos || ReadsAs(patch.text, patch.type)) return;
  wrong->push_back({absl::StrCat(path, ".patch.", patch.field),
                    patch.type == kube::PatchType::kJson ? "expected a JSON list of operations"
                                                         : "expected a JSON object"});
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.patch().objects(), {}, namespaces);
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<PatchStep>(step.patch(), std::move(settings));
}

}  // namespace

const StepKind kPatchKind{v1::Step::kPatch, "patch", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

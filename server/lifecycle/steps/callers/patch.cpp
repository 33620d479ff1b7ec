#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/payload.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/plan/fields/patches_check.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"patch"};
// An operation may add to a list, so doing it twice is not the same as doing it once.
constexpr StepTraits kJsonTraits{"patch", false, ResumeKind::kOnce};

struct Text {
  const std::string& text;
  kube::PatchType type;
};

Text TextOf(const v1::PatchStep& step) {
  if (step.has_strategic()) return {step.strategic(), kube::PatchType::kStrategic};
  if (step.has_json()) return {step.json(), kube::PatchType::kJson};
  return {step.merge(), kube::PatchType::kMerge};
}

class PatchStep final : public StepOn<Trail> {
 public:
  PatchStep(const v1::PatchStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return step_.has_json() ? kJsonTraits : kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    const Text patch = TextOf(step_);
    // Escaped, so that a value of the payload cannot end the string that contains it.
    ASSIGN_OR_RETURN(const std::string text,
                     Expand(trail, patch.text,
                            [](const std::string& value) { return EscapeControls(value, true); }));
    if (!plan::ReadsAsPatch(text, step_.patch_case())) {
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("the patch with its payload values is not a JSON ",
                                      patch.type == kube::PatchType::kJson ? "list" : "object"));
    }
    ASSIGN_OR_RETURN(const auto ids, FindObjects(context, chart, step_.objects(), {}));
    for (const kube::ObjectId& id : ids)
      RETURN_IF_ERROR(NoteChange(trail, id, "patched",
                                 chart.kube().Patch(context, id, patch.type, text).status()));
    return StepResult::Done(absl::StrCat("patched ", ids.size(), " objects"));
  }

 private:
  const v1::PatchStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<PatchStep>(step.patch(), std::move(settings));
}

}  // namespace

const CallerStep kPatchStep{v1::Step::kPatch, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

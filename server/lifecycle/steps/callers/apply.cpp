#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"apply"};

class ApplyStep final : public StepOn<Trail> {
 public:
  ApplyStep(const v1::ApplyStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(
        const auto objects,
        ReadManifests(step_.manifests(), absl::StrCat("manifests of the step ", settings().name)));
    for (const ManifestObject& object : objects) {
      ASSIGN_OR_RETURN(const auto id, chart.Identify(context, object.api_version, object.kind,
                                                     object.ns, object.name));
      RETURN_IF_ERROR(Apply(context, chart, trail, id, object.text));
    }
    return StepResult::Done(absl::StrCat("applied ", objects.size(), " objects"));
  }

 private:
  absl::Status Apply(const Context& context, const Chart& chart, Trail& trail,
                     const kube::ObjectId& id, const std::string& text) const {
    const auto version = [](const absl::StatusOr<kube::Json>& object) {
      return object.ok() ? kube::Text(*object, "/metadata/resourceVersion") : "";
    };
    const auto before = chart.kube().Get(context, id);
    kube::ApplyOptions options;
    options.force = step_.force();
    const auto after = chart.kube().Apply(context, id, text, options);
    if (!version(before).empty() && version(before) == version(after)) return absl::OkStatus();
    const bool created = HasReason(before.status(), Reason::kObjectNotFound);
    return NoteChange(trail, id, created ? kCreated : "applied", after.status());
  }

  const v1::ApplyStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ApplyStep>(step.apply(), std::move(settings));
}

}  // namespace

const CallerStep kApplyStep{v1::Step::kApply, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

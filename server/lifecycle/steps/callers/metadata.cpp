#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"metadata"};

class MetadataStep final : public StepOn<Trail> {
 public:
  MetadataStep(const v1::MetadataStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    kube::Json patch;
    for (const auto& [key, value] : step_.labels()) patch["metadata"]["labels"][key] = value;
    for (const auto& [key, value] : step_.annotations())
      patch["metadata"]["annotations"][key] = value;
    for (const std::string& key : step_.remove_labels()) patch["metadata"]["labels"][key] = nullptr;
    for (const std::string& key : step_.remove_annotations())
      patch["metadata"]["annotations"][key] = nullptr;
    ASSIGN_OR_RETURN(const auto ids, FindObjects(context, chart, step_.objects(), {}));
    for (const kube::ObjectId& id : ids)
      RETURN_IF_ERROR(NoteChange(trail, id, "labels or annotations changed",
                                 chart.kube().MergePatch(context, id, patch).status()));
    return StepResult::Done(absl::StrCat("changed ", ids.size(), " objects"));
  }

 private:
  const v1::MetadataStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<MetadataStep>(step.metadata(), std::move(settings));
}

}  // namespace

const CallerStep kMetadataStep{v1::Step::kMetadata, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"metadata"};

class MetadataStep final : public Step {
 public:
  MetadataStep(const v1::MetadataStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    kube::Json patch;
    for (const auto& [key, value] : step_.labels()) patch["metadata"]["labels"][key] = value;
    for (const auto& [key, value] : step_.annotations())
      patch["metadata"]["annotations"][key] = value;
    for (const std::string& key : step_.remove_labels()) patch["metadata"]["labels"][key] = nullptr;
    for (const std::string& key : step_.remove_annotations())
      patch["metadata"]["annotations"][key] = nullptr;
    ASSIGN_OR_RETURN(const auto ids, FindObjects(context, chart, step_.objects(), {}));
    for (const kube::ObjectId& id : ids)
      RETURN_IF_ERROR(chart.LeaveChanged(id, "labels or annotations changed",
                                         chart.kube().MergePatch(context, id, patch).status()));
    return StepResult::Done(absl::StrCat("changed ", ids.size(), " objects"));
  }

 private:
  const v1::MetadataStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const v1::MetadataStep& metadata = step.metadata();
  CheckRefs(metadata.objects(), {}, path + ".metadata", wrong);
  if (metadata.labels().empty() && metadata.annotations().empty() &&
      metadata.remove_labels().empty() && metadata.remove_annotations().empty()) {
    wrong->push_back({path + ".metadata", "expected labels or annotations to set or to remove"});
  }
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.metadata().objects(), {}, namespaces);
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<MetadataStep>(step.metadata(), std::move(settings));
}

}  // namespace

const StepKind kMetadataKind{v1::Step::kMetadata, "metadata", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/rollout.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class CrdsStep final : public Step {
 public:
  CrdsStep() : Step({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"crds"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const auto& files = chart.facts.chart.chart.crd_files;
    if (files.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the chart has no crds/ folder");
    if (chart.info().crd_policy() == v1::CRD_POLICY_SKIP)
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "crdPolicy is SKIP");
    std::vector<kube::ObjectId> created;
    // Of two charts that bring the same one the first counts.
    ASSIGN_OR_RETURN(auto held, chart.request.cluster->crd_writes().Lock(context));
    for (const helm::CrdFile& file : files) {
      ASSIGN_OR_RETURN(const auto objects, ReadManifests(file.content, file.path));
      for (const ManifestObject& object : objects)
        RETURN_IF_ERROR(CreateAbsent(context, chart, object, &created));
    }
    held.reset();
    if (created.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "all of them exist");
    RETURN_IF_ERROR(kube::AwaitRollout(context, chart.kube(), chart.services.clock, created, {}));
    chart.kube().ForgetDiscovery();
    return StepResult::Done(absl::StrCat("created ", created.size()));
  }

 private:
  static absl::Status CreateAbsent(const Context& context, ChartContext& chart,
                                   const ManifestObject& object,
                                   std::vector<kube::ObjectId>* created) {
    if (object.kind != "CustomResourceDefinition") {
      return MakeFailure(Reason::kChartInvalid, absl::StrCat("the chart's crds/ folder holds the ",
                                                             object.kind, " ", object.name));
    }
    const kube::ObjectId id{{"apiextensions.k8s.io", "v1", "CustomResourceDefinition",
                             "customresourcedefinitions", false},
                            "",
                            object.name};
    const absl::Status found = chart.kube().Get(context, id).status();
    if (found.ok() || !HasReason(found, Reason::kObjectNotFound)) return found;
    RETURN_IF_ERROR(chart.LeaveChanged(id, kCreated,
                                       chart.kube().Apply(context, id, object.text, {}).status()));
    created->push_back(id);
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<Step> MakeCrdsStep() { return std::make_unique<CrdsStep>(); }

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/objects/crds.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"crds"};

std::string Told(const CrdsWritten& written) {
  return absl::StrCat("created ", written.created, ", replaced ", written.replaced);
}

// Writes the chart's CRDs before helm creates objects of their kinds.
class DefaultCrdsStep final : public StepOn<const Found, Trail> {
 public:
  DefaultCrdsStep() : StepOn({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Found& found,
                                     const Trail&) override {
    ASSIGN_OR_RETURN(const Crds crds, CrdsOf(chart.asked, found));
    if (crds.empty()) return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the chart has none");
    const v1::CrdPolicy policy = chart.info().crd_policy();
    if (policy == v1::CRD_POLICY_SKIP)
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "crdPolicy is SKIP");
    const char* others = policy == v1::CRD_POLICY_CREATE_REPLACE ? "replaces" : "leaves";
    return StepResult::Done(
        absl::StrCat("creates the missing ones of ", crds.size(), ", and ", others, " the others"));
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, found, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    ASSIGN_OR_RETURN(const Crds crds, CrdsOf(chart.asked, found));
    const v1::CrdPolicy policy = chart.info().crd_policy();
    ASSIGN_OR_RETURN(const CrdsWritten written, WriteCrds(context, chart, trail, crds,
                                                          policy == v1::CRD_POLICY_CREATE_REPLACE));
    if (written.created + written.replaced == 0)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "all of them exist");
    return StepResult::Done(Told(written));
  }
};

// Deletes the CRDs that check saw, once the release is uninstalled.
class DeleteCrdsStep final : public StepOn<Trail> {
 public:
  DeleteCrdsStep() : StepOn({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Trail& trail) override {
    const auto& names = trail.doomed_crds();
    if (names.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "none of them exists");
    return StepResult::Done(absl::StrCat("deletes ", absl::StrJoin(names, ", ")));
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    const auto& names = trail.doomed_crds();
    ASSIGN_OR_RETURN(const int deleted,
                     DeleteCrds(context, chart, trail, {names.begin(), names.end()}));
    return StepResult::Done(absl::StrCat("deleted ", deleted));
  }
};

}  // namespace

std::unique_ptr<Step> MakeCrdsStep() { return std::make_unique<DefaultCrdsStep>(); }
std::unique_ptr<Step> MakeDeleteCrdsStep() { return std::make_unique<DeleteCrdsStep>(); }

}  // namespace wheelhouse::lifecycle

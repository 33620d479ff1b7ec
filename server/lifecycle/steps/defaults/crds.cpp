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

// Those that the chart brings, before helm comes to what is of their kinds.
class DefaultCrdsStep final : public Step {
 public:
  DefaultCrdsStep() : Step({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    ASSIGN_OR_RETURN(const Crds crds, CrdsOf(chart));
    if (crds.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the chart brings none");
    const v1::CrdPolicy policy = chart.info().crd_policy();
    if (policy == v1::CRD_POLICY_SKIP)
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "crdPolicy is SKIP");
    const char* others = policy == v1::CRD_POLICY_CREATE_REPLACE ? "replaces" : "leaves";
    return StepResult::Done(absl::StrCat("creates those of ", crds.size(),
                                         " that do not exist, and ", others, " the others"));
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(StepResult foreseen, Foresee(context, chart));
    if (foreseen.skipped != v1::SKIP_REASON_UNSPECIFIED) return foreseen;
    ASSIGN_OR_RETURN(const Crds crds, CrdsOf(chart));
    const v1::CrdPolicy policy = chart.info().crd_policy();
    ASSIGN_OR_RETURN(const CrdsWritten written,
                     WriteCrds(context, chart, crds, policy == v1::CRD_POLICY_CREATE_REPLACE));
    if (written.created + written.replaced == 0)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "all of them exist");
    return StepResult::Done(Told(written));
  }
};

// Those that check saw, once the release is uninstalled.
class DeleteCrdsStep final : public Step {
 public:
  DeleteCrdsStep() : Step({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Foresee(const Context&, ChartContext& chart) override {
    const auto& names = chart.facts.doomed_crds;
    if (names.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "none of them exists");
    return StepResult::Done(absl::StrCat("deletes ", absl::StrJoin(names, ", ")));
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(StepResult foreseen, Foresee(context, chart));
    if (foreseen.skipped != v1::SKIP_REASON_UNSPECIFIED) return foreseen;
    ASSIGN_OR_RETURN(const int deleted, DeleteCrds(context, chart, chart.facts.doomed_crds));
    return StepResult::Done(absl::StrCat("deleted ", deleted));
  }
};

}  // namespace

std::unique_ptr<Step> MakeCrdsStep() { return std::make_unique<DefaultCrdsStep>(); }
std::unique_ptr<Step> MakeDeleteCrdsStep() { return std::make_unique<DeleteCrdsStep>(); }

}  // namespace wheelhouse::lifecycle

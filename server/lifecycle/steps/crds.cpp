#include "server/lifecycle/objects/crds.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/plan/field_checks.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/default_steps.h"

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

// A caller's.
class CrdsStep final : public Step {
 public:
  CrdsStep(const v1::CrdsStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    if (step_.has_delete_()) {
      const auto& names = step_.delete_().names();
      ASSIGN_OR_RETURN(const int deleted, DeleteCrds(context, chart, {names.begin(), names.end()}));
      return StepResult::Done(absl::StrCat("deleted ", deleted, " of ", names.size()));
    }
    ASSIGN_OR_RETURN(const Crds crds,
                     ReadCrds(step_.apply().manifests(),
                              absl::StrCat("manifests of the step ", settings().name)));
    ASSIGN_OR_RETURN(const CrdsWritten written,
                     WriteCrds(context, chart, crds, step_.apply().replace()));
    return StepResult::Done(Told(written));
  }

 private:
  const v1::CrdsStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const v1::CrdsStep& message = step.crds();
  if (message.action_case() == v1::CrdsStep::ACTION_NOT_SET)
    return wrong->push_back({path + ".crds", "expected apply or delete"});
  if (message.has_apply())
    return CheckCrds(message.apply().manifests(), path + ".crds.apply.manifests", wrong);
  const auto& names = message.delete_().names();
  if (names.empty())
    wrong->push_back({path + ".crds.delete.names", "expected a name such as widgets.example.com"});
  for (int i = 0; i < names.size(); ++i) {
    const std::string at = absl::StrCat(path, ".crds.delete.names[", i, "]");
    if (names[i].find('.') == std::string::npos)
      wrong->push_back({at, "expected a name such as widgets.example.com"});
    CheckStatic(names[i], at, wrong);
  }
}

// CRDs are in no namespace.
void Namespaces(const v1::Step&, std::set<std::string>*) {}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<CrdsStep>(step.crds(), std::move(settings));
}

}  // namespace

std::unique_ptr<Step> MakeCrdsStep() { return std::make_unique<DefaultCrdsStep>(); }
std::unique_ptr<Step> MakeDeleteCrdsStep() { return std::make_unique<DeleteCrdsStep>(); }

const StepKind kCrdsKind{v1::Step::kCrds, "crds", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

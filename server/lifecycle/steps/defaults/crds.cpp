#include "server/lifecycle/objects/crds.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"crds"};
constexpr char kBeside[] = " (in a crds/ folder, and not a CustomResourceDefinition)";

std::string Told(const CrdsWritten& written, const std::vector<kube::ObjectId>& others) {
  std::string told = absl::StrCat("created ", written.created, ", replaced ", written.replaced);
  if (others.empty()) return told;
  std::vector<std::string> names;
  for (const kube::ObjectId& id : others) names.push_back(id.ToString());
  return absl::StrCat(told, "; created ", absl::StrJoin(names, ", "), kBeside);
}

std::string Names(const std::vector<ManifestObject>& others) {
  return absl::StrJoin(others, ", ", [](std::string* out, const ManifestObject& object) {
    absl::StrAppend(out, object.kind, " ", object.name);
  });
}

// Writes the chart's CRDs before helm creates objects of their kinds.
class DefaultCrdsStep final : public StepOn<const Found, Trail> {
 public:
  DefaultCrdsStep() : StepOn({.name = "crds", .may_be_skipped = true}) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Found& found,
                                     const Trail&) override {
    ASSIGN_OR_RETURN(const ChartCrds all, CrdsOf(chart.asked, found));
    if (all.crds.empty() && all.others.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the chart has none");
    const v1::CrdPolicy policy = chart.info().crd_policy();
    if (policy == v1::CRD_POLICY_SKIP)
      return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "crdPolicy is SKIP");
    const char* others = policy == v1::CRD_POLICY_CREATE_REPLACE ? "replaces" : "leaves";
    std::string told = absl::StrCat("creates the missing ones of ", all.crds.size(), ", and ",
                                    others, " the others");
    if (!all.others.empty())
      absl::StrAppend(&told, "; creates what is missing of ", Names(all.others), kBeside);
    return StepResult::Done(std::move(told));
  }
  bool NothingToDo(const Chart& chart, const Found& found, const Trail&) const override {
    return !WritesCrds(chart.info(), found);
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, found, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    ASSIGN_OR_RETURN(const ChartCrds all, CrdsOf(chart.asked, found));
    const v1::CrdPolicy policy = chart.info().crd_policy();
    ASSIGN_OR_RETURN(const CrdsWritten written, WriteCrds(context, chart, trail, all.crds,
                                                          policy == v1::CRD_POLICY_CREATE_REPLACE));
    ASSIGN_OR_RETURN(const auto others, CreateBesideCrds(context, chart, trail, all.others));
    if (written.created + written.replaced == 0 && others.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "all of them exist");
    return StepResult::Done(Told(written, others));
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

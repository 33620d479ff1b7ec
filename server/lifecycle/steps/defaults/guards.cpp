#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/rendered.h"
#include "server/lifecycle/release/decision.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/contents.h"

namespace wheelhouse::lifecycle {
namespace {

// Reads what a DESTROY takes away, and refuses what must not be lost. (A DEPLOY is guarded by
// decide, once it has rendered what is to stay.)
class GuardsStep final : public Step {
 public:
  GuardsStep() : Step({.name = "guards"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"guards", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    Facts& facts = chart.facts;
    facts.rendered.clear();
    facts.losses.clear();
    if (facts.resumed) return Recall(chart);
    // The objects of a release that was uninstalled before are no longer its own.
    if (!facts.records.empty() && facts.records[0].status != helm::kUninstalled) {
      ASSIGN_OR_RETURN(const helm::Release release,
                       helm::ReadRelease(context, chart.kube(), facts.records[0]));
      ASSIGN_OR_RETURN(facts.rendered, ReadManifests(release.manifest, kWhat));
      RETURN_IF_ERROR(chart.journal.Keep(kKept, release.manifest));
    }
    if (chart.info().delete_crds()) RETURN_IF_ERROR(FindDoomedCrds(context, chart));
    RETURN_IF_ERROR(FindLossesOfUninstall(context, chart, facts.rendered));
    const Decided decided = Decide(chart.info(), "", facts.records, facts.crds_left);
    facts.decision = decided.decision;
    facts.decision_reason = decided.reason;
    const absl::Status refused = RefuseLosses(chart);
    if (!refused.ok()) RETURN_IF_ERROR(chart.TellDecision());
    RETURN_IF_ERROR(refused);
    return StepResult::Done(facts.losses.empty()
                                ? "nothing is lost"
                                : absl::StrCat(facts.losses.size(), " losses, as allowed"));
  }

 private:
  static constexpr char kWhat[] = "the release's manifest";
  static constexpr char kKept[] = "manifest";  // in the journal: the uninstall takes it away

  static absl::StatusOr<StepResult> Recall(ChartContext& chart) {
    ASSIGN_OR_RETURN(const auto kept, chart.journal.Kept(kKept));
    ASSIGN_OR_RETURN(chart.facts.rendered, ReadManifests(kept.value_or(""), kWhat));
    return StepResult::Done("as before the daemon ended");
  }

  static absl::Status FindDoomedCrds(const Context& context, ChartContext& chart) {
    auto& files = chart.facts.chart.chart.crd_files;
    // Which subcharts are enabled, helm alone knows.
    if (std::ranges::any_of(files, [](const helm::CrdFile& file) {
          return absl::StartsWith(file.path, "charts/");
        }))
      RETURN_IF_ERROR(RenderChart(context, chart).status());
    ASSIGN_OR_RETURN(const Crds crds, CrdsOf(chart));
    std::vector<std::string> names;
    for (const ManifestObject& crd : crds) names.push_back(crd.name);
    ASSIGN_OR_RETURN(chart.facts.doomed_crds, Existing(context, chart, names));
    ASSIGN_OR_RETURN(const auto by_steps,
                     Existing(context, chart, plan::CrdsDeletedBySteps(chart.info())));
    chart.facts.crds_left = chart.facts.doomed_crds.size() + by_steps.size();
    return absl::OkStatus();
  }

  static absl::StatusOr<std::vector<std::string>> Existing(const Context& context,
                                                           ChartContext& chart,
                                                           const std::vector<std::string>& names) {
    std::vector<std::string> existing;
    for (const std::string& name : names) {
      const auto live = chart.kube().Get(context, CrdId(name));
      if (HasReason(live.status(), Reason::kObjectNotFound)) continue;
      RETURN_IF_ERROR(live.status());
      RETURN_IF_ERROR(RefuseAnothers(chart, CrdId(name), *live, "delete"));
      existing.push_back(name);
    }
    return existing;
  }
};

}  // namespace

std::unique_ptr<Step> MakeGuardsStep() { return std::make_unique<GuardsStep>(); }

}  // namespace wheelhouse::lifecycle

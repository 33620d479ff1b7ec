#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/left_out.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/render_chart.h"
#include "server/lifecycle/release/decision.h"
#include "server/lifecycle/release/protection.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/contents.h"

namespace wheelhouse::lifecycle {
namespace {

// Reads what a DESTROY takes away, and refuses what must not be lost. (A DEPLOY is guarded by
// decide, once it has rendered what is to stay.)
class GuardsStep final : public StepOn<Found, Decided, Trail> {
 public:
  GuardsStep() : StepOn({.name = "guards"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"guards", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, Found& found,
                                 Decided& decided, Trail& trail) override {
    found.doomed.clear();
    found.left_out.clear();
    decided.losses.clear();
    if (found.resumed()) return Recall(chart, found);
    if (WhyKept(chart, found).has_value()) return StepResult::Done("the release is kept");
    RETURN_IF_ERROR(RefuseProtected(chart, found, "destroyed"));
    // The objects of a release that was uninstalled before are no longer its own.
    if (!found.records.empty() && found.records[0].status != helm::kUninstalled) {
      ASSIGN_OR_RETURN(found.doomed, ReadManifestOf(context, chart, found.records[0]));
      // What was served once may be remembered.
      chart.kube().ForgetDiscovery();
      ASSIGN_OR_RETURN(const LeftOut left, LeaveOut(context, chart, found.doomed));
      found.left_out = left.ToString();
      RETURN_IF_ERROR(KeepExisting(context, chart, found.doomed));
      RETURN_IF_ERROR(chart.report.journal().KeepWithinBound(kKept, JoinManifests(found.doomed)));
    }
    if (chart.info().delete_crds())
      RETURN_IF_ERROR(FindDoomedCrds(context, chart, decided, found, trail));
    RETURN_IF_ERROR(FindLossesOfUninstall(context, chart, trail, decided, found.doomed));
    const Choice choice = Decide(chart.info(), Fingerprint(), found.records, found.crds_left);
    decided.decision = choice.decision;
    decided.reason = choice.reason;
    const absl::Status refused = RefuseLosses(chart, decided);
    if (!refused.ok()) RETURN_IF_ERROR(RecordDecision(chart.report, found, decided));
    RETURN_IF_ERROR(refused);
    return StepResult::Done(decided.losses.empty()
                                ? "nothing is lost"
                                : absl::StrCat(decided.losses.size(), " losses, all allowed"));
  }

 private:
  static constexpr char kWhat[] = "the release's manifest";
  static constexpr char kKept[] = "manifest";  // in the journal: the uninstall takes it away

  // What was gone before is not taken away now.
  static absl::Status KeepExisting(const Context& context, const Chart& chart,
                                   std::vector<ManifestObject>& objects) {
    ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, objects));
    std::set<const ManifestObject*> absent;
    for (const LiveObject& one : all) {
      if (one.state == LiveObject::State::kAbsent) absent.insert(one.object);
    }
    std::vector<ManifestObject> existing;
    for (ManifestObject& object : objects) {
      if (!absent.contains(&object)) existing.push_back(std::move(object));
    }
    objects = std::move(existing);
    return absl::OkStatus();
  }

  static absl::StatusOr<StepResult> Recall(const Chart& chart, Found& found) {
    ASSIGN_OR_RETURN(const auto kept, chart.report.journal().Kept(kKept));
    ASSIGN_OR_RETURN(found.doomed, ReadManifests(kept.value_or(""), kWhat));
    chart.report.AddSecretsOf(found.doomed);
    return StepResult::Done("as before the daemon ended");
  }

  static absl::Status FindDoomedCrds(const Context& context, const Chart& chart,
                                     const Decided& decided, Found& found, Trail& trail) {
    auto& files = found.chart.chart.crd_files;
    // Only helm knows which subcharts are enabled.
    if (std::ranges::any_of(files, [](const helm::CrdFile& file) {
          return absl::StartsWith(file.path, "charts/");
        }))
      RETURN_IF_ERROR(RenderChart(context, chart, found, decided).status());
    ASSIGN_OR_RETURN(const ChartCrds all, CrdsOf(chart.asked, found));
    std::vector<std::string> names;
    for (const ManifestObject& crd : all.crds) names.push_back(crd.name);
    ASSIGN_OR_RETURN(const auto doomed, Existing(context, chart, names));
    trail.mutable_doomed_crds()->Assign(doomed.begin(), doomed.end());
    ASSIGN_OR_RETURN(const auto by_steps,
                     Existing(context, chart, plan::CrdsDeletedBySteps(chart.info())));
    found.crds_left = doomed.size() + by_steps.size();
    return absl::OkStatus();
  }

  static absl::StatusOr<std::vector<std::string>> Existing(const Context& context,
                                                           const Chart& chart,
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

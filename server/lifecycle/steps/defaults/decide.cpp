#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/lifecycle/changes/crd_changes.h"
#include "server/lifecycle/changes/object_changes.h"
#include "server/lifecycle/changes/same_rendering.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/gate/forecast.h"
#include "server/lifecycle/gate/manifest_rule.h"
#include "server/lifecycle/gate/saved_chart.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/left_out.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/render_chart.h"
#include "server/lifecycle/release/decision.h"
#include "server/lifecycle/release/healing.h"
#include "server/lifecycle/release/protection.h"
#include "server/lifecycle/release/take_over.h"
#include "server/lifecycle/release/unlock.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

using Records = std::vector<helm::ReleaseRecord>;

bool Renders(v1::Decision decision) {
  return decision == v1::DECISION_INSTALL || decision == v1::DECISION_UPGRADE ||
         decision == v1::DECISION_REINSTALL;
}

bool Changes(const Decided& decided) {
  return Renders(decided.decision) || decided.decision == v1::DECISION_ROLLBACK;
}

// The release that exec will find once it is unlocked; nullptr when it will find none.
const helm::ReleaseRecord* Standing(const Found& found, const UnlockPlan& unlock,
                                    const Records& records) {
  return unlock.way == UnlockWay::kRollBack ? helm::FindRecord(found.records, unlock.good_revision)
                                            : helm::InstalledRecord(records);
}

class DecideStep final : public StepOn<Found, Decided, Trail> {
 public:
  DecideStep() : StepOn({.name = "decide", .order = Order::kLast}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"decide", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, Found& found,
                                 Decided& decided, Trail& trail) override {
    if (chart.info().action() == v1::ACTION_DEPLOY)
      decided.fingerprint = Fingerprint::Of(chart.info(), found.chart.chart);
    RETURN_IF_ERROR(ReadSavedChart(chart, found));
    if (found.resumed()) return Hold(context, chart, found, decided, trail);
    if (const auto kept = WhyKept(chart, found); kept.has_value())
      return Keep(context, chart, *kept, found, decided);
    RETURN_IF_ERROR(PlanToUnlock(chart, found, decided));
    const Records records = AfterUnlock(decided.unlock, found.records);
    Choose(chart, found, records, trail, decided);
    RETURN_IF_ERROR(LookForMissing(context, chart, found, decided));
    trail.set_baseline_revision(BaselineOf(records, trail, NewestGoodRevision(records)));
    if (chart.info().action() == v1::ACTION_ROLLBACK) {
      ASSIGN_OR_RETURN(const int target, RollbackTarget(chart.info(), records));
      trail.set_rollback_target(target);
      trail.set_baseline_revision(BaselineOf(records, trail, helm::DeployedRevision(records)));
      RETURN_IF_ERROR(ReadTarget(context, chart, trail, found));
      absl::StrAppend(&decided.reason, ", back to revision ", target);
    }
    const helm::ReleaseRecord* standing = Standing(found, decided.unlock, records);
    RETURN_IF_ERROR(GoOverBreakingVersion(context, chart, standing, found, decided));
    if (decided.decision == v1::DECISION_REINSTALL)
      RETURN_IF_ERROR(RefuseProtected(chart, found, "uninstalled, as a reinstall does first"));
    ASSIGN_OR_RETURN(const bool rendered,
                     CompareRendering(context, chart, standing, found, decided));
    RETURN_IF_ERROR(CheckStillAsSaved(context, chart, found, decided));
    ASSIGN_OR_RETURN(auto stored, Stored(context, chart, standing, decided, found));
    if (Renders(decided.decision) && !rendered) {
      // That the archive is damaged is found before anything is changed.
      RETURN_IF_ERROR(ArchiveOf(found).status());
      ASSIGN_OR_RETURN(found.has_forecast, NeedsForecast(context, chart, found, decided, stored));
      found.has_forecast |= trail.taken_over().adopted();
      if (found.has_forecast) RETURN_IF_ERROR(Render(context, chart, decided, found));
    }
    absl::Status allowed = Guard(context, chart, found, trail, std::move(stored), decided);
    if (!found.left_out.empty()) absl::StrAppend(&decided.reason, "; ", found.left_out);
    if (allowed.ok() && Renders(decided.decision) && found.has_forecast)
      allowed = LookBeforeAdopting(context, chart, found, trail);
    if (chart.asked.request.preview)
      RETURN_IF_ERROR(PreviewChanges(context, chart, standing, found, decided));
    RETURN_IF_ERROR(RecordDecision(chart.report, found, decided));
    RETURN_IF_ERROR(allowed);
    if (chart.asked.request.saves_plan) RETURN_IF_ERROR(SaveChart(context, chart, decided, found));
    return Summary(decided);
  }

 private:
  static absl::StatusOr<StepResult> Keep(const Context& context, const Chart& chart,
                                         const std::string& why, const Found& found,
                                         Decided& decided) {
    decided.decision = v1::DECISION_KEEP;
    decided.reason = why;
    decided.losses.clear();
    RETURN_IF_ERROR(CheckStillAsSaved(context, chart, found, decided));
    RETURN_IF_ERROR(RecordDecision(chart.report, found, decided));
    return Summary(decided);
  }

  static StepResult Summary(const Decided& decided) {
    return StepResult::Done(
        absl::StrCat(v1::Decision_Name(decided.decision).substr(9), ": ", decided.reason));
  }

  // The records already hold what this run has changed, so only what the decision needs is found
  // again.
  static absl::StatusOr<StepResult> Hold(const Context& context, const Chart& chart, Found& found,
                                         Decided& decided, Trail& trail) {
    std::erase_if(found.records, [&](const helm::ReleaseRecord& record) {
      return trail.intended_revision() != 0 && record.revision >= trail.intended_revision();
    });
    if (!Unlocked(found)) RETURN_IF_ERROR(PlanToUnlock(chart, found, decided));
    if (Renders(decided.decision)) {
      RETURN_IF_ERROR(Render(context, chart, decided, found));
      RETURN_IF_ERROR(LookBeforeAdopting(context, chart, found, trail));
    }
    if (decided.decision == v1::DECISION_ROLLBACK)
      RETURN_IF_ERROR(ReadTarget(context, chart, trail, found));
    // Only for what is there: a decision that was made stands.
    Decided again = decided;
    RETURN_IF_ERROR(LookForMissing(context, chart, found, again));
    return Summary(decided);
  }

  // Whether the daemon saw the step `unlock` end.
  static bool Unlocked(const Found& found) {
    const v1::StageRun* stage = found.Before(v1::STAGE_PRE_EXEC);
    return stage != nullptr && std::ranges::any_of(stage->steps(), [](const v1::StepRun& step) {
             return step.name() == "unlock" &&
                    (step.state() == v1::STATE_SUCCEEDED || step.state() == v1::STATE_SKIPPED);
           });
  }

  static absl::Status PlanToUnlock(const Chart& chart, const Found& found, Decided& decided) {
    UnlockQuestion question;
    question.action = chart.info().action();
    question.fingerprint = decided.fingerprint;
    question.allow_foreign = chart.info().allow().unlock();
    question.foreign_lock_age = chart.services.foreign_lock_age;
    question.now = chart.services.clock.Now();
    if (!found.records.empty() && found.records[0].Locked()) {
      ASSIGN_OR_RETURN(question.intended,
                       chart.report.journal().Intended(found.records[0].revision));
    }
    ASSIGN_OR_RETURN(decided.unlock, PlanUnlock(found.records, question));
    return absl::OkStatus();
  }

  // `records` are as they will be once the release is unlocked.
  static void Choose(const Chart& chart, const Found& found, const Records& records,
                     const Trail& trail, Decided& decided) {
    const Choice choice = Decide(chart.info(), decided.fingerprint, records, found.crds_left);
    decided.decision = choice.decision;
    decided.reason = choice.reason;
    decided.unchanged_by = v1::UNCHANGED_TIER_INPUTS;
    decided.other_inputs = choice.other_inputs && !decided.unlock.locked();
    const helm::ReleaseRecord* taken = FindTaken(records, trail);
    if (decided.decision == v1::DECISION_ALREADY_INSTALLED && taken != nullptr &&
        taken->status == helm::kDeployed) {
      decided.decision = v1::DECISION_UPGRADE;
      decided.reason = absl::StrCat("revision ", taken->revision, " is of run ",
                                    trail.taken_over().runs(0), " and was never marked good");
    }
    if (!decided.unlock.locked()) return;
    // What a killed helm did to the objects of the previous revision is unknown. A release that is
    // half uninstalled is not installed.
    const bool half_uninstalled = decided.unlock.way == UnlockWay::kPutRight;
    if (decided.decision == v1::DECISION_UNCHANGED ||
        (decided.decision == v1::DECISION_ALREADY_INSTALLED && half_uninstalled))
      decided.decision = v1::DECISION_UPGRADE;
    if (chart.info().action() == v1::ACTION_UNLOCK) decided.decision = v1::DECISION_UNLOCK;
    if (decided.decision != v1::DECISION_ALREADY_INSTALLED)
      decided.reason = absl::StrCat(decided.unlock.found, ": ", decided.unlock.doing);
  }

  // Template errors are found before anything is changed.
  static absl::Status Render(const Context& context, const Chart& chart, const Decided& decided,
                             Found& found) {
    found.has_forecast = true;
    if (!chart.asked.request.saved_plan.empty()) return ForecastAsSaved(chart, found);
    ASSIGN_OR_RETURN(const std::string text, RenderChart(context, chart, found, decided));
    ASSIGN_OR_RETURN(found.forecast, ReadManifests(text, "the rendered chart"));
    chart.report.AddSecretsOf(found.forecast);
    if (chart.asked.request.saves_plan)
      RETURN_IF_ERROR(Rehearse(context, chart, decided, text, found));
    return CheckCrds(chart, found);
  }

  // Other inputs may render what the release holds already: then it is UNCHANGED. Returns whether
  // the forecast is that of the upgrade that is left.
  static absl::StatusOr<bool> CompareRendering(const Context& context, const Chart& chart,
                                               const helm::ReleaseRecord* standing, Found& found,
                                               Decided& decided) {
    if (decided.decision != v1::DECISION_UPGRADE || !decided.other_inputs ||
        !RenderingDecides(chart, found))
      return false;
    if (chart.asked.request.saved_plan.empty()) {
      RETURN_IF_ERROR(Render(context, chart, decided, found));
      ASSIGN_OR_RETURN(const helm::Release* release, ReadOnce(context, chart, *standing, found));
      ASSIGN_OR_RETURN(const auto stored, AllObjectsIn(chart, *release));
      if (!SameObjects(chart, stored, found.forecast)) return true;
      found.forecast.clear();
      found.saved.reset();
    } else if (found.saved->decision() != v1::DECISION_UNCHANGED) {
      // The plan is stale unless the revision, the chart and the values are those that were
      // compared.
      return false;
    }
    decided.decision = v1::DECISION_UNCHANGED;
    decided.unchanged_by = v1::UNCHANGED_TIER_RENDERED;
    absl::StrAppend(&decided.reason, ", which render the same");
    RETURN_IF_ERROR(LookForMissing(context, chart, found, decided));
    return false;
  }

  // A rollback renders nothing: the record holds what will be deployed.
  static absl::Status ReadTarget(const Context& context, const Chart& chart, const Trail& trail,
                                 Found& found) {
    const auto* record = helm::FindRecord(found.records, trail.rollback_target());
    if (record != nullptr) {
      ASSIGN_OR_RETURN(found.forecast, ReadManifestOf(context, chart, *record));
    }
    return absl::OkStatus();
  }

  // Crossing a breaking version is not an upgrade.
  static absl::Status GoOverBreakingVersion(const Context& context, const Chart& chart,
                                            const helm::ReleaseRecord* standing, Found& found,
                                            Decided& decided) {
    const std::string& breaking = chart.info().last_breaking_version_requiring_restart();
    if (decided.decision != v1::DECISION_UPGRADE || breaking.empty() || standing == nullptr)
      return absl::OkStatus();
    ASSIGN_OR_RETURN(const helm::Release* release, ReadOnce(context, chart, *standing, found));
    ASSIGN_OR_RETURN(const bool over,
                     IsOver(breaking, release->chart_version, found.chart.chart.version));
    if (!over) return absl::OkStatus();
    decided.decision = v1::DECISION_REINSTALL;
    decided.reason = absl::StrCat(decided.unlock.locked() ? decided.reason + "; " : "",
                                  release->chart_version, " is installed, at or below ", breaking,
                                  ", the last version that needs a reinstall");
    return absl::OkStatus();
  }

  static absl::Status PreviewChanges(const Context& context, const Chart& chart,
                                     const helm::ReleaseRecord* standing, Found& found,
                                     Decided& decided) {
    const helm::Release* release = nullptr;
    if (standing != nullptr) {
      ASSIGN_OR_RETURN(release, ReadOnce(context, chart, *standing, found));
    }
    ASSIGN_OR_RETURN(ObjectChanges changes, FindChanges(context, chart, found, decided, release));
    decided.changes = std::move(changes.objects);
    decided.changes_left_out = changes.left_out;
    if (Renders(decided.decision)) {
      ASSIGN_OR_RETURN(decided.crd_changes, FindCrdChanges(context, chart, found));
    }
    return absl::OkStatus();
  }

  // What the release that exec will find holds, but for what helm is not to come upon. (A
  // DESTROY has asked in `guards`.)
  static absl::StatusOr<std::vector<ManifestObject>> Stored(const Context& context,
                                                            const Chart& chart,
                                                            const helm::ReleaseRecord* standing,
                                                            const Decided& decided, Found& found) {
    std::vector<ManifestObject> objects;
    if (chart.asked.destroys()) return objects;
    found.left_out.clear();
    const bool asks = Changes(decided) || decided.unlock.way == UnlockWay::kRollBack;
    if (standing == nullptr || !asks) return objects;
    ASSIGN_OR_RETURN(const helm::Release* release, ReadOnce(context, chart, *standing, found));
    ASSIGN_OR_RETURN(objects, ObjectsIn(chart, *release));
    // What was served once may be remembered. Charts that could begin at the same time share what
    // was read since.
    chart.kube().ForgetDiscovery(chart.view == nullptr ? absl::InfiniteDuration()
                                                       : chart.view->since());
    ASSIGN_OR_RETURN(const LeftOut left, LeaveOutUnserved(context, chart, objects));
    found.left_out = left.ToString();
    return objects;
  }

  // What would be lost on the way to what is to be deployed, and whether that may be deployed
  // at all; without a forecast the gate alone asks that.
  static absl::Status Guard(const Context& context, const Chart& chart, const Found& found,
                            const Trail& trail, std::vector<ManifestObject> stored,
                            Decided& decided) {
    // The step `guards` has already looked.
    if (chart.asked.destroys()) return RefuseLosses(chart, decided);
    decided.losses.clear();
    if (decided.unlock.way == UnlockWay::kRollBack) {
      ASSIGN_OR_RETURN(const auto pending, ReadManifestOf(context, chart, decided.unlock.record));
      RETURN_IF_ERROR(FindLossesOfChange(context, chart, decided, pending, stored));
    }
    if (decided.decision == v1::DECISION_REINSTALL) {
      RETURN_IF_ERROR(FindLossesOfUninstall(context, chart, trail, decided, stored));
      stored.clear();
    }
    if (!Changes(decided)) return RefuseLosses(chart, decided);
    if (!found.has_forecast) return absl::OkStatus();
    ManifestChange change{found.forecast, std::move(stored)};
    if (Renders(decided.decision)) change.chart_in_record = found.chart.chart.in_record;
    return AskRules(context, chart, change, decided);
  }
};

}  // namespace

std::unique_ptr<Step> MakeDecideStep() { return std::make_unique<DecideStep>(); }

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/rendered.h"
#include "server/lifecycle/release/decision.h"
#include "server/lifecycle/release/unlock.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

using Records = std::vector<helm::ReleaseRecord>;

class DecideStep final : public Step {
 public:
  DecideStep() : Step({.name = "decide", .place = Place::kLast}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"decide", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    Facts& facts = chart.facts;
    if (chart.info().action() == v1::ACTION_DEPLOY)
      facts.fingerprint = FingerprintOf(chart.info(), facts.chart.chart);
    if (facts.resumed) return Hold(context, chart);
    RETURN_IF_ERROR(PlanToUnlock(chart));
    const Records records = AfterUnlock(facts.unlock, facts.records);
    Decided decided = Decide(chart.info(), facts.fingerprint, records, facts.crds_left);
    if (facts.unlock.locked()) {
      // What a killed helm did to the objects of the revision before is not known.
      if (decided.decision == v1::DECISION_UNCHANGED) decided.decision = v1::DECISION_UPGRADE;
      if (chart.info().action() == v1::ACTION_UNLOCK) decided.decision = v1::DECISION_UNLOCK;
      if (decided.decision != v1::DECISION_ALREADY_INSTALLED)
        decided.reason = absl::StrCat(facts.unlock.found, ": ", facts.unlock.doing);
    }
    facts.decision = decided.decision;
    facts.decision_reason = decided.reason;
    facts.baseline_revision = NewestGoodRevision(records);
    if (chart.info().action() == v1::ACTION_ROLLBACK) {
      ASSIGN_OR_RETURN(facts.rollback_target, RollbackTarget(chart.info(), facts.records));
      facts.baseline_revision = helm::DeployedRevision(facts.records);
      RETURN_IF_ERROR(ReadTarget(context, chart));
      absl::StrAppend(&facts.decision_reason, ", back to revision ", facts.rollback_target);
    }
    const helm::ReleaseRecord* standing = Standing(facts, records);
    RETURN_IF_ERROR(GoOverBreakingVersion(context, chart, standing));
    if (Renders(facts.decision)) RETURN_IF_ERROR(Render(context, chart));
    RETURN_IF_ERROR(Guard(context, chart, standing));
    RETURN_IF_ERROR(chart.TellDecision());
    RETURN_IF_ERROR(RefuseLosses(chart));
    return Told(facts);
  }

 private:
  static StepResult Told(const Facts& facts) {
    return StepResult::Done(
        absl::StrCat(v1::Decision_Name(facts.decision).substr(9), ": ", facts.decision_reason));
  }

  static bool Renders(v1::Decision decision) {
    return decision == v1::DECISION_INSTALL || decision == v1::DECISION_UPGRADE ||
           decision == v1::DECISION_REINSTALL;
  }

  // The records hold what this run has changed since: only what the decision needs is found again.
  static absl::StatusOr<StepResult> Hold(const Context& context, ChartContext& chart) {
    Facts& facts = chart.facts;
    std::erase_if(facts.records, [&](const helm::ReleaseRecord& record) {
      return facts.intended_revision != 0 && record.revision >= facts.intended_revision;
    });
    if (!Unlocked(chart)) RETURN_IF_ERROR(PlanToUnlock(chart));
    if (Renders(facts.decision)) RETURN_IF_ERROR(Render(context, chart));
    if (facts.decision == v1::DECISION_ROLLBACK) RETURN_IF_ERROR(ReadTarget(context, chart));
    return Told(facts);
  }

  // Whether the daemon saw the step `unlock` end.
  static bool Unlocked(const ChartContext& chart) {
    const v1::StageRun* stage = chart.Before(v1::STAGE_PRE_EXEC);
    return stage != nullptr && std::ranges::any_of(stage->steps(), [](const v1::StepRun& step) {
             return step.name() == "unlock" &&
                    (step.state() == v1::STATE_SUCCEEDED || step.state() == v1::STATE_SKIPPED);
           });
  }

  static absl::Status PlanToUnlock(ChartContext& chart) {
    Facts& facts = chart.facts;
    UnlockQuestion question;
    question.action = chart.info().action();
    question.fingerprint = facts.fingerprint;
    question.allow_foreign = chart.info().allow().unlock();
    question.foreign_lock_age = chart.services.foreign_lock_age;
    question.now = chart.services.clock.Now();
    if (!facts.records.empty() && facts.records[0].Locked()) {
      ASSIGN_OR_RETURN(question.intended, chart.journal.Intended(facts.records[0].revision));
    }
    ASSIGN_OR_RETURN(facts.unlock, PlanUnlock(facts.records, question));
    return absl::OkStatus();
  }

  // Template errors and objects outside the run's namespaces are found before anything is changed.
  static absl::Status Render(const Context& context, ChartContext& chart) {
    ASSIGN_OR_RETURN(const std::string text, RenderChart(context, chart));
    ASSIGN_OR_RETURN(chart.facts.rendered, ReadManifests(text, "the rendered chart"));
    RETURN_IF_ERROR(CheckNamespaces(chart));
    return LookBeforeAdopting(context, chart);
  }

  // A rollback renders nothing: the record says what will stand.
  static absl::Status ReadTarget(const Context& context, ChartContext& chart) {
    Facts& facts = chart.facts;
    const auto* record = helm::FindRecord(facts.records, facts.rollback_target);
    if (record != nullptr) {
      ASSIGN_OR_RETURN(facts.rendered, ReadManifestOf(context, chart, *record));
    }
    return CheckNamespaces(chart);
  }

  static absl::Status CheckNamespaces(ChartContext& chart) {
    for (const ManifestObject& object : chart.facts.rendered) {
      RETURN_IF_ERROR(chart.CheckNamespace(
          object.ns, absl::StrCat("the chart's ", object.kind, " ", object.name)));
    }
    return absl::OkStatus();
  }

  // What stands on the cluster when exec comes to it, once the release is unlocked; nullptr:
  // nothing.
  static const helm::ReleaseRecord* Standing(const Facts& facts, const Records& records) {
    return facts.unlock.way == UnlockWay::kRollBack
               ? helm::FindRecord(facts.records, facts.unlock.good_revision)
               : helm::InstalledRecord(records);
  }

  // An upgrade over a breaking version is none.
  static absl::Status GoOverBreakingVersion(const Context& context, ChartContext& chart,
                                            const helm::ReleaseRecord* standing) {
    Facts& facts = chart.facts;
    const std::string& breaking = chart.info().last_breaking_version_requiring_restart();
    if (facts.decision != v1::DECISION_UPGRADE || breaking.empty() || standing == nullptr)
      return absl::OkStatus();
    ASSIGN_OR_RETURN(const helm::Release release,
                     helm::ReadRelease(context, chart.kube(), *standing));
    ASSIGN_OR_RETURN(const bool over,
                     IsOver(breaking, release.chart_version, facts.chart.chart.version));
    if (!over) return absl::OkStatus();
    facts.decision = v1::DECISION_REINSTALL;
    facts.decision_reason =
        absl::StrCat(facts.unlock.locked() ? facts.decision_reason + "; " : "",
                     release.chart_version, " is installed, at or below ", breaking,
                     ", the last version that asks for a new installation");
    return absl::OkStatus();
  }

  // What goes on the way from what stands to what is rendered.
  static absl::Status Guard(const Context& context, ChartContext& chart,
                            const helm::ReleaseRecord* standing) {
    Facts& facts = chart.facts;
    // The step `guards` has looked.
    if (chart.destroys()) return absl::OkStatus();
    facts.losses.clear();
    std::vector<ManifestObject> objects;
    const bool reinstalls = facts.decision == v1::DECISION_REINSTALL;
    const bool changes = facts.decision == v1::DECISION_INSTALL ||
                         facts.decision == v1::DECISION_UPGRADE ||
                         facts.decision == v1::DECISION_ROLLBACK;
    const bool rolls_back = facts.unlock.way == UnlockWay::kRollBack;
    if (standing != nullptr && (changes || reinstalls || rolls_back)) {
      ASSIGN_OR_RETURN(objects, ReadManifestOf(context, chart, *standing));
    }
    if (rolls_back) {
      ASSIGN_OR_RETURN(const auto pending, ReadManifestOf(context, chart, facts.unlock.record));
      RETURN_IF_ERROR(FindLossesOfChange(context, chart, pending, objects));
    }
    if (reinstalls) return FindLossesOfUninstall(context, chart, objects);
    return changes ? FindLossesOfChange(context, chart, objects, facts.rendered) : absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<Step> MakeDecideStep() { return std::make_unique<DecideStep>(); }

}  // namespace wheelhouse::lifecycle

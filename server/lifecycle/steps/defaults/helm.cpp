#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/values.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/gate/upgrade_gate.h"
#include "server/lifecycle/objects/helm_watch.h"
#include "server/lifecycle/objects/hooks.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/old_pods.h"
#include "server/lifecycle/objects/render_chart.h"
#include "server/lifecycle/objects/trial.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/await_revision.h"
#include "server/lifecycle/release/clear_record.h"
#include "server/lifecycle/release/healing.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/protection.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/release/stalled_helm.h"
#include "server/lifecycle/release/take_over.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Whether helm is to wait by itself. Post hooks run after the objects are ready, and only helm
// runs them. For all others the run waits.
bool HelmWaits(const Chart& chart, bool installs, const std::vector<ManifestObject>& objects) {
  return chart.info().wait() && !chart.info().no_hooks() &&
         std::ranges::any_of(objects, [installs](const ManifestObject& object) {
           return RunsOn(object, installs ? "post-install" : "post-upgrade");
         });
}

bool HelmWaitedFor(const Chart& chart, const std::vector<helm::ReleaseHook>& hooks) {
  return chart.info().wait() && !chart.info().no_hooks() &&
         std::ranges::any_of(hooks, [](const helm::ReleaseHook& hook) {
           return hook.events.contains("post-upgrade");
         });
}

// The release's records as helm is to find them. First deletes what an earlier attempt of this run
// left pending, or this one when it was stopped: helm makes that revision again.
absl::StatusOr<std::vector<helm::ReleaseRecord>> RecordsForHelm(const Context& context,
                                                                const Chart& chart,
                                                                const Found& found, Trail& trail) {
  ASSIGN_OR_RETURN(auto records, chart.RecordsAgain(context, found.records));
  if (!records.empty() && (LeftPending(records[0], chart) || StoppedAt(records[0], chart, trail))) {
    RETURN_IF_ERROR(DeleteRecord(context, chart, records[0]));
    records.erase(records.begin());
  }
  trail.set_superseded_revision(helm::DeployedRevision(records));
  return records;
}

// The gate's answer to a helm that waits, or does not, as its hooks do not want; never seen
// outside of this file.
absl::Status WaitsOtherwise() { return absl::AbortedError("other hooks"); }

// One helm that upgrades, or several: one that waits for nothing, or otherwise than its hooks
// want, is asked again.
class HelmsUpgrade {
 public:
  // All are lent. `installs`: no release stands.
  HelmsUpgrade(const Chart& chart, const Found& found, const Decided& decided, Trail& trail,
               const UpgradeGate& gate, bool installs)
      : chart_(chart),
        found_(found),
        decided_(decided),
        trail_(trail),
        gate_(gate),
        installs_(installs) {}

  // helm's answer: the revision.
  absl::StatusOr<int> Run(const Context& context, helm::UpgradeRequest request) const {
    auto revision = Ask(context, request, found_.has_forecast);
    if (revision.status() == WaitsOtherwise()) {
      chart_.report.Log("wheelhoused",
                        "the chart's hooks differ from those of the installed "
                        "revision: helm is run again");
      RETURN_IF_ERROR(AskAnew(context, !request.wait, request));
      revision = Ask(context, request, true);
    }
    if (revision.status() == HelmStalled()) {
      chart_.report.Log(
          "wheelhoused",
          "helm still waits although everything is ready: it is run again, without waiting");
      RETURN_IF_ERROR(AskAnew(context, false, request));
      revision = Ask(context, request, true);
    }
    return revision;
  }

 private:
  absl::Status AskAnew(const Context& context, bool wait, helm::UpgradeRequest& request) const {
    request.wait = wait;
    request.timeout = context.Remaining();
    return RecordsForHelm(context, chart_, found_, trail_).status();
  }

  // `sure`: request.wait is what the chart's hooks want.
  absl::StatusOr<int> Ask(const Context& context, helm::UpgradeRequest& request, bool sure) const {
    const Context scope = context.WithCancel();
    std::vector<ManifestObject> applied;
    StalledHelm stalled(
        chart_, applied,
        {decided_.decision, trail_.intended_revision(),
         [this](const helm::ReleaseRecord& record) { return IsOwn(record, chart_); }});
    HelmWatch watch(scope, chart_);
    request.gate = [&](const Context& within, const std::string& manifest) {
      return gate_.Pass(within, manifest,
                        [&](const auto& objects, const auto& to_recreate) -> absl::Status {
                          if (!sure && request.wait != HelmWaits(chart_, installs_, objects))
                            return WaitsOtherwise();
                          RETURN_IF_ERROR(DeleteToRecreate(within, chart_, trail_, to_recreate));
                          applied = objects;
                          // helm does not go on until this returns.
                          WatchHelm(within, chart_, objects, decided_.decision, ChangeTo(objects),
                                    request.wait ? &stalled : nullptr, watch);
                          return absl::OkStatus();
                        });
    };
    auto revision = chart_.services.helm.Upgrade(
        scope, request, [this](absl::string_view line) { chart_.report.Log("helm", line); });
    if (!revision.ok()) return watch.Explain(revision.status());
    return revision;
  }

  UpcomingChange ChangeTo(std::vector<ManifestObject> objects) const {
    std::optional<helm::ReleaseRecord> from;
    if (!found_.resumed() && !found_.records.empty()) from = found_.records[0];
    return {chart_, std::move(from), std::move(objects)};
  }

  const Chart& chart_;
  const Found& found_;
  const Decided& decided_;
  Trail& trail_;
  const UpgradeGate& gate_;
  const bool installs_;
};

class HelmStep final : public StepOn<const Found, const Decided, Trail> {
 public:
  HelmStep() : StepOn({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Found& found,
                                     const Decided&, const Trail&) override {
    const auto& rendered = found.forecast;
    const auto hooks = std::ranges::count(rendered, true, &ManifestObject::hook);
    std::string text =
        absl::StrCat("applies ", rendered.size() - static_cast<size_t>(hooks), " objects");
    if (hooks > 0) absl::StrAppend(&text, " and ", hooks, " hooks");
    return StepResult::Done(text);
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart, const Found&,
                                   const Decided&, Trail& trail) override {
    ASSIGN_OR_RETURN(const bool done, HelmHasDone(context, chart, trail));
    return done && !chart.info().wait();
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Decided& decided, Trail& trail) override {
    // The daemon may have ended while the run waited.
    ASSIGN_OR_RETURN(bool asked, HelmHasDone(context, chart, trail));
    if (!asked) {
      ASSIGN_OR_RETURN(asked, TakeRevisionOver(context, chart, decided, trail));
    }
    if (!asked) RETURN_IF_ERROR(AskHelm(context, chart, found, decided, trail));
    std::string notes;
    if (chart.info().wait()) {
      ASSIGN_OR_RETURN(notes, AwaitRevision(context, chart, trail, trail.made_revision()));
    }
    return StepResult::Done(absl::StrCat("revision ", trail.made_revision(), " deployed", notes));
  }

 private:
  static absl::Status AskHelm(const Context& context, const Chart& chart, const Found& found,
                              const Decided& decided, Trail& trail) {
    // What is written to an object that is being deleted goes with it.
    RETURN_IF_ERROR(AwaitDeletions(chart.Waiting(context), chart, found.going));
    ASSIGN_OR_RETURN(const auto records, RecordsForHelm(context, chart, found, trail));
    ASSIGN_OR_RETURN(Installed installed, ClearInstalled(context, chart, records, found.forecast));
    const helm::ReleaseRecord* const newest = records.empty() ? nullptr : &records[0];
    const int intended = newest != nullptr ? newest->revision + 1 : 1;
    trail.set_intended_revision(intended);
    trail.set_asked_attempt(trail.attempt());
    RETURN_IF_ERROR(
        chart.report.RecordIntention(intended, absl::StrCat("asks helm for revision ", intended)));
    ASSIGN_OR_RETURN(const auto values,
                     helm::WriteValues(chart.info(), chart.services.temp_directory));
    helm::UpgradeRequest request = RequestOf(context, chart, *values);
    request.revision = intended;
    ASSIGN_OR_RETURN(request.chart_archive, ArchiveOf(found));
    if (!request.force_conflicts && request.server_side.value_or(true)) {
      ASSIGN_OR_RETURN(request.force_conflicts, TakesFieldsOver(context, chart));
    }
    request.labels = LabelsOf(chart, decided, trail);
    if (const std::string label = SavedPlanLabel(chart, newest); !label.empty())
      request.labels[helm::kSavedPlanLabel] = label;
    const auto protection = ProtectionToSet(chart.info(), newest);
    if (protection.has_value())
      request.labels[helm::kProtectedLabel] =
          protection->empty() ? helm::kRemovesLabel : *protection;
    for (const auto& [key, value] : LabelsFor(chart.asked.request.plan, newest))
      request.labels[key] = value.empty() ? helm::kRemovesLabel : value;
    request.over_uninstalled = newest != nullptr && newest->status == helm::kUninstalled;
    const bool installs = newest == nullptr || request.over_uninstalled;
    // Where nothing was rendered beforehand, what is installed has most likely the same
    // hooks.
    request.wait = HelmWaits(chart, installs, found.forecast) ||
                   (!found.has_forecast && HelmWaitedFor(chart, installed.hooks));
    if (chart.info().recreate_pods()) {
      std::vector<ManifestObject> workloads = installed.objects;
      workloads.insert(workloads.end(), found.forecast.begin(), found.forecast.end());
      RETURN_IF_ERROR(RememberPods(context, chart, workloads));
    }
    ASSIGN_OR_RETURN(const helm::HelmVersion helm, chart.services.helm.Version(context));
    const UpgradeGate gate(chart, found, decided, helm.major, std::move(installed.objects));
    const auto revision =
        HelmsUpgrade(chart, found, decided, trail, gate, installs).Run(context, std::move(request));
    absl::Status found_made = FindMade(chart.bounds.failure, chart, trail);
    // A cancel may come just when helm has ended.
    if (!revision.ok() && chart.info().wait())
      MarkNotAwaited(chart, trail, trail.made_revision(), revision.status());
    // After a failure remediation looks again.
    RETURN_IF_ERROR(revision.status());
    // Without it, what follows would not know the revision as this run's: a shutdown may come just
    // when helm has succeeded.
    return found_made;
  }

  static helm::UpgradeRequest RequestOf(const Context& context, const Chart& chart,
                                        const helm::ValuesFiles& values) {
    const v1::ChartInfo& info = chart.info();
    helm::UpgradeRequest request;
    request.target = chart.target();
    request.value_files = values.paths();
    request.sets = values.sets();
    request.max_history = info.max_history();
    request.timeout = context.Remaining();
    request.force = info.force_upgrade();
    request.no_hooks = info.no_hooks();
    request.force_conflicts = info.field_conflicts() == v1::FIELD_CONFLICTS_FORCE;
    if (info.has_server_side_apply()) request.server_side = info.server_side_apply();
    return request;
  }

  // helm copies the label of an earlier revision; `null` removes it.
  static std::string SavedPlanLabel(const Chart& chart, const helm::ReleaseRecord* newest) {
    if (!chart.asked.request.saved_plan.empty()) return chart.asked.request.saved_plan;
    return newest != nullptr && newest->labels.contains(helm::kSavedPlanLabel) ? helm::kRemovesLabel
                                                                               : "";
  }

  static std::map<std::string, std::string> LabelsOf(const Chart& chart, const Decided& decided,
                                                     const Trail& trail) {
    std::map<std::string, std::string> labels = {
        {helm::kSpecLabel, decided.fingerprint.text()},
        {helm::kRevisionLabel, std::to_string(trail.intended_revision())},
        {helm::kRunLabel, chart.asked.request.run_id},
        // helm copies labels to the next revision, which must not get an old verdict.
        {helm::kVerdictLabel, helm::kRemovesLabel}};
    labels.insert(chart.info().labels().begin(), chart.info().labels().end());
    return labels;
  }
};

}  // namespace

std::unique_ptr<Step> MakeHelmStep() { return std::make_unique<HelmStep>(); }

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include <thread>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/values.h"
#include "server/kube/rollout.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/rendered.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

// Watches what helm is waiting for; ends `scope` (and so helm) when something cannot succeed.
class RolloutWatch {
 public:
  RolloutWatch(const Context& scope, ChartContext& chart) : scope_(scope) {
    kube::RolloutOptions options;
    options.early_failure = chart.info().early_failure();
    options.await_creation = true;
    options.until_cancelled = true;
    options.on_progress = [&chart](const v1::Progress& progress) { chart.Tell(progress); };
    thread_ = std::thread([this, &chart, options, objects = RenderedObjects(scope, chart)] {
      const absl::Status status =
          kube::AwaitRollout(watch_, chart.kube(), chart.services.clock, objects, options);
      if (HasReason(status, Reason::kPodFailing)) scope_.Cancel(status);
    });
  }
  ~RolloutWatch() {
    watch_.Cancel(absl::CancelledError());
    thread_.join();
  }

 private:
  const Context scope_;
  const Context watch_ = scope_.WithCancel();
  std::thread thread_;
};

class HelmStep final : public Step {
 public:
  HelmStep() : Step({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }

  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const v1::ChartInfo& info = chart.info();
    ASSIGN_OR_RETURN(const auto records,
                     helm::ListRecords(context, chart.kube(), info.namespace_(), info.name()));
    Facts& facts = chart.facts;
    facts.intended_revision = (records.empty() ? 0 : records[0].revision) + 1;
    RETURN_IF_ERROR(JournalIntention(chart));

    ASSIGN_OR_RETURN(const auto values, helm::WriteValues(info, chart.services.temp_directory));
    helm::UpgradeRequest request;
    request.target = chart.target();
    request.chart_archive = facts.chart.archive;
    request.value_files = values->paths();
    request.labels = {
        {helm::kSpecLabel, facts.fingerprint},
        {helm::kRevisionLabel, std::to_string(facts.intended_revision)},
        {helm::kRunLabel, chart.request.run_id},
        // helm copies labels to the next revision: an old verdict must not come along.
        {helm::kVerdictLabel, "null"}};
    request.max_history = info.max_history();
    request.timeout = context.Remaining();
    request.wait = info.wait();
    request.force = info.force_upgrade();
    request.force_conflicts = info.field_conflicts() == v1::FIELD_CONFLICTS_FORCE;

    const Context scope = context.WithCancel();
    std::optional<RolloutWatch> watch;
    if (info.wait()) watch.emplace(scope, chart);
    const auto revision = chart.services.helm.Upgrade(
        scope, request, [&chart](absl::string_view line) { chart.Log("helm", line); });
    watch.reset();
    FindMade(chart);
    RETURN_IF_ERROR(revision.status());
    return StepResult::Done(absl::StrCat("revision ", *revision, " deployed"));
  }

 private:
  static absl::Status JournalIntention(ChartContext& chart) {
    v1::Transition transition;
    transition.set_stage(chart.stage);
    transition.set_step(chart.step);
    transition.set_state(v1::STATE_RUNNING);
    transition.set_attempt(1);
    transition.set_outcome(absl::StrCat("asks helm for revision ", chart.facts.intended_revision));
    return chart.journal.Record(transition, {.intended_revision = chart.facts.intended_revision,
                                             .baseline_revision = chart.facts.baseline_revision,
                                             .fingerprint = chart.facts.fingerprint});
  }

  // Whatever helm said: a record of the intended number with our run's label is one that we made.
  static void FindMade(ChartContext& chart) {
    const auto records = helm::ListRecords(chart.bounds.failure, chart.kube(),
                                           chart.info().namespace_(), chart.info().name());
    if (!records.ok()) return;
    for (const helm::ReleaseRecord& record : *records) {
      if (record.revision == chart.facts.intended_revision)
        chart.facts.made_revision = record.revision;
    }
  }
};

class UninstallStep final : public Step {
 public:
  UninstallStep() : Step({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    // What the release holds, for validate's account.
    ASSIGN_OR_RETURN(const helm::Release release,
                     helm::ReadRelease(context, chart.kube(), chart.facts.records[0]));
    ASSIGN_OR_RETURN(chart.facts.rendered,
                     ReadManifests(release.manifest, "the release's manifest"));
    RETURN_IF_ERROR(chart.services.helm.Uninstall(
        context, {chart.target(), context.Remaining(), false},
        [&chart](absl::string_view line) { chart.Log("helm", line); }));
    return StepResult::Done("uninstalled");
  }
};

}  // namespace

std::unique_ptr<Step> MakeHelmStep() { return std::make_unique<HelmStep>(); }
std::unique_ptr<Step> MakeUninstallStep() { return std::make_unique<UninstallStep>(); }

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/run_picture.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/payload.h"
#include "server/lifecycle/objects/pod_lines.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/program_output.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"runJob", false, ResumeKind::kCheckable};

// Each try has its own Job, which is found again by its name alone.
kube::ObjectId JobOf(const Chart& chart) {
  const Position& at = chart.report.position();
  const std::string digest = Sha256Hex(absl::StrCat(chart.asked.request.run_id, "|", chart.Name(),
                                                    "|", at.stage, "|", at.step, "|", at.attempt));
  return {{"batch", "v1", "Job", "jobs", true},
          chart.info().namespace_(),
          absl::StrCat("wheelhouse-", digest.substr(0, 16))};
}

std::vector<kube::Json> PodsOf(const Context& context, const Chart& chart,
                               const kube::ObjectId& job) {
  auto pods = chart.kube().List(context, {"", "v1", "Pod", "pods", true},
                                {job.ns, absl::StrCat("job-name=", job.name)});
  return pods.ok() ? std::move(pods->items) : std::vector<kube::Json>();
}

class RunJobStep final : public StepOn<Trail> {
 public:
  RunJobStep(const v1::RunJobStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    const kube::ObjectId job = JobOf(chart);
    RETURN_IF_ERROR(Begin(context, chart, trail, job));
    NoteEffect(trail, chart.report.position(), kTraits.kind,
               absl::StrCat("ran ", step_.image(), ", perhaps in part"));
    absl::Status ended = Await(context, chart, job);
    // The Job continues without the daemon, which finds it again after a restart.
    if (chart.bounds.Stops(ended)) return ended;
    const absl::Status done = ended.ok() ? Finish(context, chart, trail, job) : ended;
    Delete(chart, trail, job);
    RETURN_IF_ERROR(done);
    NoteEffect(trail, chart.report.position(), kTraits.kind, absl::StrCat("ran ", step_.image()));
    return StepResult::Done(absl::StrCat("ran ", step_.image()));
  }

  absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart,
                                   Trail& trail) override {
    const kube::ObjectId job = JobOf(chart);
    ASSIGN_OR_RETURN(const auto printed, chart.report.journal().Kept(KeptAs(job)));
    if (printed.has_value()) {
      if (!step_.stdout_to_payload().empty())
        (*trail.mutable_payload())[step_.stdout_to_payload()] = *printed;
      return true;
    }
    const auto object = chart.kube().Get(context, job);
    if (HasReason(object.status(), Reason::kObjectNotFound)) return false;
    RETURN_IF_ERROR(object.status());
    if (!kube::ReadinessOf(*object, {.finished_jobs = true}).ready()) return false;
    RETURN_IF_ERROR(Finish(context, chart, trail, job));
    Delete(chart, trail, job);
    return true;
  }

 private:
  static std::string KeptAs(const kube::ObjectId& job) { return "output of " + job.name; }

  // Also where an interrupted try has made it, or the answer was lost.
  absl::Status Begin(const Context& context, const Chart& chart, const Trail& trail,
                     const kube::ObjectId& job) const {
    ASSIGN_OR_RETURN(const kube::Json object, ObjectOf(chart, trail, job));
    absl::Status created = chart.kube().Create(context, job, object).status();
    if (created.ok()) return created;
    return chart.kube().Get(context, job).ok() ? absl::OkStatus() : created;
  }

  absl::StatusOr<kube::Json> ObjectOf(const Chart& chart, const Trail& trail,
                                      const kube::ObjectId& job) const {
    kube::Json labels = {{"app.kubernetes.io/managed-by", "wheelhouse"}};
    for (const auto& [key, value] : step_.labels()) labels[key] = value;
    kube::Json container = {{"name", "job"}, {"image", step_.image()}};
    for (const std::string& word : step_.command()) container["command"].push_back(word);
    for (const std::string& arg : step_.args()) {
      ASSIGN_OR_RETURN(const std::string expanded, Expand(trail, arg));
      container["args"].push_back(expanded);
    }
    for (const auto& [name, value] : step_.env()) {
      ASSIGN_OR_RETURN(const std::string expanded, Expand(trail, value));
      container["env"].push_back({{"name", name}, {"value", expanded}});
    }
    for (const std::string& secret : step_.env_from_secrets())
      container["envFrom"].push_back({{"secretRef", {{"name", secret}}}});
    kube::Json pod = {{"restartPolicy", "Never"}, {"containers", {container}}};
    if (!step_.service_account().empty()) pod["serviceAccountName"] = step_.service_account();
    const Position& at = chart.report.position();
    const std::string step = absl::StrCat(ShortName(at.stage), "/", at.step);
    return kube::Json{
        {"apiVersion", "batch/v1"},
        {"kind", "Job"},
        {"metadata",
         {{"name", job.name},
          {"namespace", job.ns},
          {"labels", labels},
          {"annotations",
           {{"wheelhouse-run", chart.asked.request.run_id}, {"wheelhouse-step", step}}}}},
        // The cluster removes it a day after its end where nobody comes back for it.
        {"spec",
         {{"backoffLimit", step_.backoff_limit()},
          {"ttlSecondsAfterFinished", 86400},
          {"template", {{"metadata", {{"labels", labels}}}, {"spec", pod}}}}}};
  }

  static absl::Status Await(const Context& context, const Chart& chart, const kube::ObjectId& job) {
    kube::RolloutOptions options = RolloutOptionsOf(chart);
    options.rules.finished_jobs = true;
    if (options.early_failure.off()) {
      // A Job that has failed has failed.
      options.early_failure.set_off(false);
      options.early_failure.mutable_image_pull()->set_seconds(kNeverSeconds);
    }
    PodFollower logs(context, chart, kAllLines, absl::Seconds(1),
                     [&chart, job](const Context& within) { return PodsOf(within, chart, job); });
    absl::Status ended = AwaitReady(context, chart, {{job}}, std::move(options)).status();
    logs.Stop();
    if (!HasReason(ended, Reason::kPodFailing)) return ended;
    const v1::Failure failure = FailureOf(ended);
    std::string said;
    for (const auto& [pod, tail] : logs.tails())
      absl::StrAppend(&said, "; ", pod, " said last: ", ShortTail(tail));
    return MakeFailure(Reason::kStepFailed, absl::StrCat(failure.message(), said),
                       {failure.details().begin(), failure.details().end()});
  }

  // Takes what the Job printed, and remembers durably that it is done.
  absl::Status Finish(const Context& context, const Chart& chart, Trail& trail,
                      const kube::ObjectId& job) const {
    std::string printed;
    if (const std::string& key = step_.stdout_to_payload(); !key.empty()) {
      ASSIGN_OR_RETURN(printed, Printed(context, chart, job));
      RETURN_IF_ERROR(SetPayload(job.ToString(), key, printed, trail));
      printed = trail.payload().at(key);
    }
    return chart.report.journal().Keep(KeptAs(job), printed);
  }

  static absl::StatusOr<std::string> Printed(const Context& context, const Chart& chart,
                                             const kube::ObjectId& job) {
    for (const kube::Json& pod : PodsOf(context, chart, job)) {
      if (kube::Text(pod, "/status/phase") != "Succeeded") continue;
      return chart.kube().PodLogs(
          context, job.ns, kube::Text(pod, "/metadata/name"), "job",
          {.tail_lines = 1 << 30, .limit_bytes = static_cast<int>(kMostOfPayload) + 1});
    }
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat(job.ToString(), " no longer has a pod with output to keep"));
  }

  // Also when the step's time is up, or the run was cancelled.
  static void Delete(const Chart& chart, Trail& trail, const kube::ObjectId& job) {
    const Context bounded = chart.bounds.failure.WithTimeout(
        absl::Seconds(20), MakeFailure(Reason::kStepFailed, "took longer than 20s"));
    const absl::Status deleted = chart.kube().Delete(bounded, job, {});
    if (deleted.ok() || HasReason(deleted, Reason::kObjectNotFound)) return;
    NoteChange(trail, job, kCreated);
  }

  static constexpr int64_t kNeverSeconds = 10LL * 365 * 86400;
  const v1::RunJobStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<RunJobStep>(step.run_job(), std::move(settings));
}

}  // namespace

const CallerStep kRunJobStep{v1::Step::kRunJob, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

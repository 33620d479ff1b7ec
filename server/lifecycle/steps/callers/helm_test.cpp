#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/kube/readiness/troubles.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/pod_lines.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/program_output.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"helmTest"};
const kube::ResourceType kPod{"", "v1", "Pod", "pods", true};

using Hooks = std::vector<helm::ReleaseHook>;

// The release's test hooks, as its newest record holds them.
absl::StatusOr<Hooks> TestsOf(const Context& context, const Chart& chart) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  if (records.empty())
    return MakeFailure(Reason::kValidationFailed,
                       absl::StrCat("the release ", chart.Name(), " is gone"));
  ASSIGN_OR_RETURN(helm::Release release, helm::ReadRelease(context, chart.kube(), records[0]));
  std::erase_if(release.hooks,
                [](const helm::ReleaseHook& hook) { return !hook.events.contains("test"); });
  return std::move(release.hooks);
}

// Pods that the tests make: hooks themselves, or of Jobs that are.
class TestPods {
 public:
  TestPods(const Context& context, const Chart& chart, const Hooks& tests) : chart_(chart) {
    for (const helm::ReleaseHook& test : tests) {
      const auto objects = ReadManifests(test.manifest, "the manifest of the test " + test.name);
      if (objects.ok() && objects->size() == 1) objects_.push_back((*objects)[0]);
    }
    // helm deletes what the last `helm test` left before it makes it anew.
    for (const kube::Json& pod : List(context)) old_.insert(kube::Text(pod, "/metadata/uid"));
  }

  std::vector<kube::Json> List(const Context& context) const {
    std::vector<kube::Json> pods;
    for (const ManifestObject& object : objects_) {
      const std::string ns = object.ns.empty() ? chart_.info().namespace_() : object.ns;
      if (object.kind == "Pod") {
        auto pod = chart_.kube().Get(context, {kPod, ns, object.name});
        if (pod.ok()) pods.push_back(*std::move(pod));
      } else if (object.kind == "Job") {
        auto list = chart_.kube().List(context, kPod, {ns, "job-name=" + object.name});
        if (list.ok()) std::ranges::move(list->items, std::back_inserter(pods));
      }
    }
    std::erase_if(pods, [this](const kube::Json& pod) {
      return old_.contains(kube::Text(pod, "/metadata/uid"));
    });
    return pods;
  }

 private:
  const Chart& chart_;
  std::vector<ManifestObject> objects_;
  std::set<std::string> old_;  // uids
};

class HelmTestStep final : public StepOn<> {
 public:
  HelmTestStep(const v1::HelmTestStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    ASSIGN_OR_RETURN(Hooks tests, TestsOf(context, chart));
    RETURN_IF_ERROR(Choose(chart, &tests));
    if (tests.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the chart has no tests");
    const TestPods pods(context, chart, tests);
    PodFollower logs(context, chart, kAllLines, absl::Seconds(1), [&](const Context& within) {
      std::vector<kube::Json> found = pods.List(within);
      ReportProgress(chart, tests.size(), found);
      return found;
    });
    helm::TestRequest request{chart.target(), {}, context.Remaining()};
    request.names.assign(step_.names().begin(), step_.names().end());
    const absl::Status ended = chart.services.helm.Test(
        context, request, [&chart](absl::string_view line) { chart.report.Log("helm", line); });
    logs.Stop();
    RETURN_IF_ERROR(context.Check());
    if (!ended.ok()) return FailureOfTest(context, chart, tests, logs, ended);
    return StepResult::Done(absl::StrCat(tests.size(), " tests succeeded"));
  }

 private:
  // helm runs nothing for a name that no test has, and succeeds.
  absl::Status Choose(const Chart& chart, Hooks* tests) const {
    if (step_.names().empty()) return absl::OkStatus();
    std::vector<std::string> known;
    for (const helm::ReleaseHook& test : *tests) known.push_back(test.name);
    std::ranges::sort(known);
    for (const std::string& name : step_.names()) {
      if (std::ranges::find(known, name) != known.end()) continue;
      return MakeFailure(
          Reason::kStepFailed,
          absl::StrCat("the release ", chart.Name(), " has no test named ", name, "; ",
                       known.empty() ? "it has none" : "it has " + absl::StrJoin(known, ", ")));
    }
    std::erase_if(*tests, [this](const helm::ReleaseHook& test) {
      return std::ranges::find(step_.names(), test.name) == step_.names().end();
    });
    return absl::OkStatus();
  }

  static void ReportProgress(const Chart& chart, size_t tests,
                             const std::vector<kube::Json>& pods) {
    v1::Progress progress;
    progress.set_total(static_cast<int>(tests));
    for (const kube::Json& pod : pods) {
      const std::string phase = kube::Text(pod, "/status/phase");
      if (phase == "Succeeded") {
        progress.set_ready(std::min(progress.ready() + 1, progress.total()));
        continue;
      }
      if (progress.waiting_size() == 20) break;
      const std::string trouble = kube::PodTrouble(pod);
      progress.add_waiting()->set_object(absl::StrCat(
          "Pod ", kube::Text(pod, "/metadata/namespace"), "/", kube::Text(pod, "/metadata/name")));
      progress.mutable_waiting()->rbegin()->set_reason(trouble.empty() ? phase : trouble);
    }
    chart.report.Progress(progress);
  }

  // helm stops at the first test that fails; `before` says which runs are older ones.
  static absl::Status FailureOfTest(const Context& context, const Chart& chart, const Hooks& before,
                                    const PodFollower& logs, const absl::Status& ended) {
    const auto after = TestsOf(context, chart);
    if (!after.ok()) return ended;
    for (const helm::ReleaseHook& test : *after) {
      const auto same = std::ranges::find(before, test.name, &helm::ReleaseHook::name);
      if (test.last_phase != "Failed" || same == before.end() ||
          same->last_started == test.last_started)
        continue;
      v1::Failure failure = FailureOf(ended);
      failure.set_reason(InfoOf(Reason::kValidationFailed).name);
      failure.set_hint("");
      failure.set_message(absl::StrCat("the test ", test.kind, " ", test.name,
                                       " failed: ", failure.message(), SaidBy(test, logs)));
      (*failure.mutable_details())["test"] = test.name;
      return StatusFrom(failure);
    }
    return ended;
  }

  static std::string SaidBy(const helm::ReleaseHook& test, const PodFollower& logs) {
    std::string said;
    for (const auto& [pod, tail] : logs.tails()) {
      if (pod == test.name || (test.kind == "Job" && absl::StartsWith(pod, test.name + "-")))
        absl::StrAppend(&said, "; ", pod, " said last: ", ShortTail(tail));
    }
    return said;
  }

  const v1::HelmTestStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<HelmTestStep>(step.helm_test(), std::move(settings));
}

}  // namespace

const CallerStep kHelmTestStep{v1::Step::kHelmTest, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

// A chart's claims: taken before its first change, reported while it waits for them, taken again
// when they were lost.
#include <spdlog/spdlog.h>

#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/kube/fenced_cluster.h"
#include "server/runs/engine/chart_runner.h"

namespace wheelhouse::runs {
namespace {

// Empty holders: the chart does not wait any more.
void ReportWait(const ActiveRun& run, int chart, const std::vector<v1::ClaimHolder>& holders) {
  LogEntry entry;
  v1::Transition* change = entry.event.mutable_transition();
  change->set_chart(run.chart_key(chart));
  change->mutable_claims()->mutable_holders()->Assign(holders.begin(), holders.end());
  run.log->AppendAsync(std::move(entry));
}

}  // namespace

// Whatever the chart does is behind a fence, which is held while its claims are. When they are lost
// the chart stops where it is, and is resumed as after a restart of the daemon.
lifecycle::ChartOutcome ChartRunner::RunBehindFence(const RunPtr& run, int chart,
                                                    lifecycle::ChartRequest request,
                                                    const lifecycle::Bounds& bounds,
                                                    lifecycle::Journal& journal) {
  const std::string& key = run->chart_key(chart);
  while (true) {
    const std::shared_ptr<Fence> fence = run->claims->NewFence();
    kube::FencedCluster cluster(*run->cluster, fence);
    request.cluster = &cluster;
    lifecycle::ChartOutcome outcome = lifecycle_.RunChart(
        request,
        {bounds.work.WithFence(fence), bounds.failure.WithFence(fence),
         bounds.undo.WithFence(fence), bounds.halt},
        [&](const Context& context) {
          return TakeClaims(context, run, chart, request.resume, fence, *request.slot);
        },
        journal);
    const absl::Status lost = fence->Check();
    if (!outcome.interrupted || lost.ok() || table_.draining()) return outcome;
    spdlog::warn("run {}: {} stops where it is: {}", run->id(), key, std::string(lost.message()));
    if (!run->log->Settle().ok()) return outcome;
    auto resume = ReadResume(store_, run->id(), *run->log->PictureOf(key));
    if (!resume.ok()) return outcome;
    request.resume = *std::move(resume);
    request.resume->lost_claims = true;
  }
}

absl::StatusOr<lifecycle::Meanwhile> ChartRunner::TakeClaims(
    const Context& context, const RunPtr& run, int chart,
    const std::optional<lifecycle::Resume>& resume, const std::shared_ptr<Fence>& fence,
    lifecycle::Slot& slot) {
  const std::set<std::string> keys =
      run->wants.exclusive ? std::set<std::string>{kWholeCluster} : table_.ClaimedWith(run, chart);
  const ClaimRequest request{run->id(), run->wants.caller, keys, resume.has_value()};
  bool waited = false;
  const auto taken = run->claims->Take(context, request, fence, [&](const auto& holders) {
    slot.StepAside();
    waited = true;
    // Whoever waits for another daemon holds nothing that one could wait for.
    for (const std::string& older : table_.TakesOver(run)) run->claims->Release(older, keys);
    ReportWait(*run, chart, holders);
  });
  const auto before = run->log->PictureOf(run->chart_key(chart));
  if (waited || before->waits_for_claims_size() > 0) ReportWait(*run, chart, {});
  RETURN_IF_ERROR(taken.status());
  if (!resume.has_value())
    return taken->waited ? lifecycle::Meanwhile::kSomething : lifecycle::Meanwhile::kPerhaps;
  return taken->unbroken && !resume->lost_claims ? lifecycle::Meanwhile::kNothing
                                                 : lifecycle::Meanwhile::kSomething;
}

}  // namespace wheelhouse::runs

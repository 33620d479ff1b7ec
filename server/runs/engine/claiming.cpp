// A chart's claims: taken before its first change, told while it waits, taken again when they were
// lost.
#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/kube/fenced_cluster.h"
#include "server/runs/claims/claim_closure.h"
#include "server/runs/engine/engine.h"

namespace wheelhouse::runs {
// Whatever the chart does is behind a fence, which is held while its claims are. When they are lost
// the chart stops where it stands; then it is taken up as after a restart of the daemon.
lifecycle::ChartOutcome Engine::RunBehindFence(const Task& task, lifecycle::ChartRequest request,
                                               const lifecycle::Bounds& bounds,
                                               lifecycle::Journal& journal) {
  while (true) {
    const std::shared_ptr<Fence> fence = task.run->claims->NewFence();
    std::optional<kube::FencedCluster> cluster;
    if (task.run->cluster != nullptr) request.cluster = &cluster.emplace(*task.run->cluster, fence);
    lifecycle::ChartOutcome outcome = lifecycle_.RunChart(
        request,
        {bounds.work.WithFence(fence), bounds.failure.WithFence(fence),
         bounds.undo.WithFence(fence)},
        [&](const Context& context) { return TakeClaims(context, task, request.resume, fence); },
        journal);
    const absl::Status lost = fence->Check();
    if (!outcome.interrupted || lost.ok() || draining_) return outcome;
    spdlog::warn("run {}: {} stops where it stands: {}", task.run->wants.run_id,
                 ChartKey(request.chart), std::string(lost.message()));
    v1::Run picture = task.run->log->Picture();
    auto resume = ReadResume(picture.id(), *FindChart(&picture, ChartKey(request.chart)));
    if (!resume.ok()) return outcome;
    request.resume = *std::move(resume);
    request.resume->lost_claims = true;
  }
}

absl::StatusOr<lifecycle::Meanwhile> Engine::TakeClaims(
    const Context& context, const Task& task, const std::optional<lifecycle::Resume>& resume,
    const std::shared_ptr<Fence>& fence) {
  const RunPtr& run = task.run;
  const ClaimRequest wish{run->wants.run_id, run->wants.caller, ClaimKeys(task), resume.has_value()};
  bool aside = false;
  const auto taken = run->claims->Take(context, wish, fence, [&](const auto& holders) {
    if (!std::exchange(aside, true)) StepAside();
    TellWait(task, holders);
  });
  if (aside) StepBack();
  v1::Run picture = run->log->Picture();
  const v1::ChartRun* chart = FindChart(&picture, ChartKey(run->plan.charts(task.chart)));
  if (aside || chart->waits_for_claims_size() > 0) TellWait(task, {});
  RETURN_IF_ERROR(taken.status());
  if (!resume.has_value())
    return taken->waited ? lifecycle::Meanwhile::kSomething : lifecycle::Meanwhile::kPerhaps;
  return taken->unbroken && !resume->lost_claims ? lifecycle::Meanwhile::kNothing
                                                 : lifecycle::Meanwhile::kSomething;
}

std::set<std::string> Engine::ClaimKeys(const Task& task) {
  if (task.run->wants.exclusive) return {kWholeCluster};
  MutexLock lock(&mutex_);
  return ClaimClosure(task.chart, {task.run->keys_of, task.run->graph.waits_for(), task.run->ended});
}

void Engine::TellWait(const Task& task, const std::vector<v1::ClaimHolder>& holders) {
  store::JournalledEvent entry;
  v1::Transition* change = entry.event.mutable_transition();
  change->set_chart(ChartKey(task.run->plan.charts(task.chart)));
  change->mutable_claims()->mutable_holders()->Assign(holders.begin(), holders.end());
  task.run->log->AppendAsync(std::move(entry));
}

void Engine::AddWorker() {
  try {
    pool_.emplace_back([this] { WorkerLoop(); });
    ++threads_;
  } catch (const std::system_error& error) {
    // Fewer charts at once until one comes back.
    spdlog::error("a thread for charts cannot be started: {}", error.what());
  }
}

// Another chart may be taken through its stages in the place of this thread's.
void Engine::StepAside() {
  MutexLock lock(&mutex_);
  --busy_;
  ++aside_;
  // One thread of all is the scheduler's.
  if (!draining_ && threads_ - 1 - aside_ < Slots()) AddWorker();
  work_ready_.NotifyAll();
}

// Blocks until there is room. Those that hold claims come before those that have not begun.
void Engine::StepBack() {
  MutexLock lock(&mutex_);
  ++returning_;
  while (busy_ >= Slots() && !draining_) work_ready_.Wait(&mutex_);
  --returning_;
  --aside_;
  ++busy_;
}

}  // namespace wheelhouse::runs

#include "server/runs/engine/engine.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"

namespace wheelhouse::runs {

Engine::Engine(EngineOptions options, store::Store& store, store::Archives& archives,
               lifecycle::Lifecycle& lifecycle, const Clock& clock)
    : options_(std::move(options)),
      store_(store),
      archives_(archives),
      lifecycle_(lifecycle),
      clock_(clock),
      retention_(options_.retention, store, archives, clock) {}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Start(EngineOptions options, store::Store& store,
                                                      store::Archives& archives,
                                                      lifecycle::Lifecycle& lifecycle,
                                                      const Clock& clock) {
  std::unique_ptr<Engine> engine(new Engine(std::move(options), store, archives, lifecycle, clock));
  RETURN_IF_ERROR(engine->Recover());
  Engine* self = engine.get();
  MutexLock lock(&self->mutex_);
  ++self->threads_;
  self->pool_.emplace_back([self] { self->SchedulerLoop(); });
  for (int i = 0; i < self->Slots(); ++i) self->AddWorker();
  self->retention_.Start();
  return engine;
}

Engine::~Engine() {
  Shutdown(absl::InfiniteDuration());
  std::vector<std::thread> pool;
  {
    MutexLock lock(&mutex_);
    pool = std::move(pool_);
  }
  for (std::thread& thread : pool) thread.join();
  MutexLock lock(&mutex_);
  while (starting_ > 0) idle_.Wait(&mutex_);
}

void Engine::Shutdown(absl::Duration grace) {
  const absl::Status why =
      MakeFailure(Reason::kInterrupted, "the daemon is shutting down; the run was interrupted");
  std::vector<RunPtr> runs;
  bool first = false;
  {
    MutexLock lock(&mutex_);
    first = !draining_;
    draining_ = true;
    tasks_.clear();
    for (auto& [id, run] : active_) runs.push_back(run);
    changed_.NotifyAll();
    work_ready_.NotifyAll();
  }
  for (const RunPtr& run : runs) {
    const v1::RunState state = run->log->Picture().state();
    if (first && !Ended(state)) {
      spdlog::info("run {}: {}", run->wants.run_id,
                   state == v1::RUN_STATE_QUEUED ? "stays queued for the next start"
                                                 : "interrupted by the shutdown");
    }
    run->cancel.Cancel(why);
    run->failure.Cancel(why);
  }
  retention_.Stop();
  {
    const absl::Duration end = SteadyNow() + grace;
    MutexLock lock(&mutex_);
    while (threads_ > 0 && SteadyNow() < end) idle_.WaitFor(&mutex_, end - SteadyNow());
    if (threads_ > 0) spdlog::warn("runs have not stopped within {}", absl::FormatDuration(grace));
  }
  for (const RunPtr& run : runs) {
    run->log->Close(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  }
}

EngineCounts Engine::Counts() {
  MutexLock lock(&mutex_);
  EngineCounts counts;
  for (const auto& [id, run] : active_) {
    if (run->phase == ActiveRun::Phase::kQueued) {
      ++counts.queued;
    } else {
      ++counts.running;
    }
  }
  return counts;
}

absl::StatusOr<v1::Run> Engine::Cancel(const std::string& run_id, bool force, const Principal& by) {
  const absl::Status why = MakeFailure(Reason::kCancelled, absl::StrCat("cancelled by ", by.name));
  RunPtr run;
  bool queued = false;
  {
    MutexLock lock(&mutex_);
    const auto found = active_.find(run_id);
    if (found != active_.end() && found->second->phase != ActiveRun::Phase::kEnding) {
      run = found->second;
      queued = run->phase == ActiveRun::Phase::kQueued;
      if (queued) run->phase = ActiveRun::Phase::kEnding;
    }
  }
  if (run == nullptr) return Picture(run_id);
  if (queued) {
    RETURN_IF_ERROR(EndUnstarted({run, v1::RUN_STATE_CANCELLED, why, by.name, ""}));
    return Picture(run_id);
  }
  RETURN_IF_ERROR(RecordCancel(run, force, by.name));
  EndWork(run, force, why);
  return Picture(run_id);
}

// Durable before anything is ended by it, so that a restart ends the run in the same way.
absl::Status Engine::RecordCancel(const RunPtr& run, bool force, const std::string& by) {
  const v1::Run picture = run->log->Picture();
  if (picture.cancel_requested() && (picture.cancel_forced() || !force)) return absl::OkStatus();
  v1::RunEvent event;
  event.mutable_transition()->set_cancel_requested(true);
  event.mutable_transition()->set_cancelled_by(by);
  event.mutable_transition()->set_cancel_forced(force);
  const absl::Status told = run->log->Append(std::move(event));
  // Else the run has ended meanwhile, which Cancel answers with.
  return HasReason(told, Reason::kStoreUnavailable) ? told : absl::OkStatus();
}

void Engine::EndWork(const RunPtr& run, bool force, const absl::Status& why) {
  {
    MutexLock lock(&mutex_);
    if (run->cancelled.ok()) run->cancelled = why;
  }
  // Before the work is ended, or the failure stage could begin as if it were not forced.
  if (force) run->undo.Cancel(why);
  run->cancel.Cancel(why);
}

}  // namespace wheelhouse::runs

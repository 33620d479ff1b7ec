#include "server/runs/engine/engine.h"

#include <spdlog/spdlog.h>

#include <vector>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/run_end.h"

namespace wheelhouse::runs {
namespace {

void LogInterrupted(const ActiveRun& run) {
  const v1::RunState state = run.log->Picture().state();
  if (Ended(state)) return;
  spdlog::info("run {}: {}", run.id(),
               state == v1::RUN_STATE_QUEUED ? "stays queued for the next start"
                                             : "interrupted by the shutdown");
}

const Clock& AgeClockOf(const EngineOptions& options, const Clock& clock) {
  return options.age_clock == nullptr ? clock : *options.age_clock;
}

const BootClock& BootClockOf(const EngineOptions& options) {
  static const SystemBootClock system;
  return options.boot_clock == nullptr ? system : *options.boot_clock;
}

}  // namespace

Engine::Engine(const EngineOptions& options, const kube::Clusters& clusters, store::Store& store,
               store::Archives& archives, lifecycle::Lifecycle& lifecycle, const Clock& clock)
    : table_(options.queue),
      reader_(store, table_, clock, options.watch),
      assembler_(store, archives, options.claims, clock, BootClockOf(options),
                 {options.log_bytes, options.observer}),
      plans_(options.saved_plans, store, archives, clock, AgeClockOf(options, clock)),
      retention_(options.retention, store, archives, AgeClockOf(options, clock),
                 [this] { return plans_.Expire(); }),
      factory_(
          {clusters, options.prepare, options.look_back, options.observer,
           [this] { return retention_.full(); }, options.allow, AgeClockOf(options, clock), plans_},
          store, table_, assembler_, reader_, clock),
      workers_({options.max_parallel_charts, options.kept_bytes, options.watchdog}, {store, plans_},
               table_, lifecycle, clock),
      scheduler_(
          table_, BootClockOf(options),
          [this](const RunPtr& run, const std::vector<int>& charts) {
            workers_.Queue(run, charts);
          },
          options.watchdog),
      recovery_(
          clusters, {store, plans_}, table_, assembler_, clock,
          [this](const RunPtr& run, const RunTable::ChartEnd& end) { workers_.Follow(run, end); }) {
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Start(
    const EngineOptions& options, const kube::Clusters& clusters, store::Store& store,
    store::Archives& archives, lifecycle::Lifecycle& lifecycle, const Clock& clock) {
  std::unique_ptr<Engine> engine(new Engine(options, clusters, store, archives, lifecycle, clock));
  RETURN_IF_ERROR(engine->plans_.PinArchives());
  RETURN_IF_ERROR(engine->recovery_.TakeUpUnfinished());
  engine->scheduler_.Start();
  engine->workers_.Start();
  engine->recovery_.Start();
  engine->retention_.Start();
  return engine;
}

Engine::~Engine() { Shutdown(absl::InfiniteDuration()); }

void Engine::Shutdown(absl::Duration grace) {
  const absl::Status why =
      MakeFailure(Reason::kInterrupted, "the daemon is shutting down; the run was interrupted");
  const bool first = table_.Drain();
  workers_.Stop();
  for (const RunPtr& run : table_.All()) {
    if (first) LogInterrupted(*run);
    run->cancel.Cancel(why);
    run->failure.Cancel(why);
  }
  scheduler_.Stop();
  recovery_.Stop();
  retention_.Stop();
  if (!workers_.AwaitIdle(grace))
    spdlog::warn("runs have not stopped within {}", absl::FormatDuration(grace));
  for (const RunPtr& run : table_.All()) {
    run->log->ClearTakeUp();
    run->log->Close(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  }
}

absl::StatusOr<v1::Run> Engine::Create(const v1::CreateRunRequest& request, const Principal& by) {
  return factory_.Create(request, by);
}

absl::StatusOr<v1::Run> Engine::Save(const v1::SavePlanRequest& request, const Principal& by) {
  return factory_.Save(request, by);
}

absl::StatusOr<v1::Run> Engine::Retry(const v1::RetryRunRequest& request, const Principal& by) {
  return factory_.Retry(request, by);
}

absl::StatusOr<v1::Run> Engine::Get(const std::string& run_id, const Principal&) {
  return reader_.Picture(run_id);
}

absl::StatusOr<v1::ListRunsResponse> Engine::List(const v1::ListRunsRequest& request,
                                                  const Principal&) {
  return reader_.List(request);
}

absl::StatusOr<v1::Run> Engine::Cancel(const std::string& run_id, bool force, const Principal& by) {
  RETURN_IF_ERROR(CancelRun(table_, run_id, force, by.name));
  return reader_.Picture(run_id);
}

absl::StatusOr<std::unique_ptr<RunWatch>> Engine::Watch(const std::string& run_id,
                                                        int64_t after_sequence, const Principal&,
                                                        std::function<void()> wake) {
  return reader_.Watch(run_id, after_sequence, std::move(wake));
}

}  // namespace wheelhouse::runs

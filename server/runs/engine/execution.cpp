// Taking the charts of running runs through the lifecycle.
#include <google/protobuf/util/message_differencer.h>
#include <google/protobuf/util/time_util.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/plan/contents.h"
#include "server/runs/engine/engine.h"
#include "server/runs/log/chart_journal.h"

namespace wheelhouse::runs {
namespace {

lifecycle::ChartOutcome Skipped(v1::SkipReason why) {
  lifecycle::ChartOutcome outcome;
  outcome.state = v1::STATE_SKIPPED;
  outcome.skip_reason = why;
  return outcome;
}

// From `start` (unset: none) to now.
google::protobuf::Duration Since(const google::protobuf::Timestamp& start, absl::Time now) {
  const int64_t micros =
      absl::ToUnixMicros(now) - google::protobuf::util::TimeUtil::TimestampToMicroseconds(start);
  return google::protobuf::util::TimeUtil::MicrosecondsToDuration(std::max<int64_t>(micros, 0));
}

}  // namespace

void Engine::WorkerLoop() {
  while (true) {
    Task task;
    {
      MutexLock lock(&mutex_);
      while ((tasks_.empty() || busy_ + returning_ >= Slots()) && !draining_)
        work_ready_.Wait(&mutex_);
      if (draining_) {
        --threads_;
        idle_.NotifyAll();
        return;
      }
      task = std::move(tasks_.front());
      tasks_.pop_front();
      ++task.run->charts_running;
      ++busy_;
    }
    RunChart(task);
    MutexLock lock(&mutex_);
    --busy_;
    work_ready_.NotifyAll();
  }
}

std::optional<lifecycle::ChartOutcome> Engine::NotToBeStarted(const Task& task) {
  if (task.run->plan.charts(task.chart).action() == v1::ACTION_SKIP) {
    return Skipped(v1::SKIP_REASON_ACTION_SKIP);
  }
  MutexLock lock(&mutex_);
  if (!task.run->cancelled.ok()) return Skipped(v1::SKIP_REASON_CANCELLED);
  if (task.run->stop_starting) return Skipped(v1::SKIP_REASON_EARLIER_FAILURE);
  const absl::Status bound = task.run->work.Check();
  if (bound.ok()) return std::nullopt;
  lifecycle::ChartOutcome outcome;
  outcome.interrupted = HasReason(bound, Reason::kInterrupted);
  outcome.state = v1::STATE_FAILED;
  outcome.failure = FailureOf(bound);
  return outcome;
}

lifecycle::ChartOutcome Engine::Execute(const Task& task) {
  const RunPtr& run = task.run;
  // A chart that was begun ends by the lifecycle's account, whatever has ended the run.
  if (run->resumes.count(task.chart) == 0) {
    if (auto outcome = NotToBeStarted(task); outcome.has_value()) return *std::move(outcome);
  }
  lifecycle::ChartRequest request;
  request.run_id = run->wants.run_id;
  request.archives_of = run->archives_of;
  request.chart = run->plan.charts(task.chart);
  request.cluster = run->cluster;
  request.namespaces = run->namespaces;
  request.preview = run->preview;
  if (const auto found = run->resumes.find(task.chart); found != run->resumes.end()) {
    request.resume = found->second;
  } else if (!RecordBegin(task).ok()) {
    lifecycle::ChartOutcome outcome;
    outcome.interrupted = true;
    return outcome;
  }
  Context work = Context::Background();
  {
    MutexLock lock(&mutex_);
    work = run->work;
  }
  const lifecycle::Bounds bounds{work, run->failure, run->undo};
  ChartJournal journal(store_, run->log, run->wants.cluster, ChartKey(request.chart));
  if (run->claims != nullptr) return RunBehindFence(task, std::move(request), bounds, journal);
  return lifecycle_.RunChart(
      request, bounds, [](const Context&) { return lifecycle::Meanwhile::kNothing; }, journal);
}

absl::Status Engine::RecordBegin(const Task& task) {
  v1::RunEvent begin;
  begin.mutable_transition()->set_chart(ChartKey(task.run->plan.charts(task.chart)));
  begin.mutable_transition()->set_state(v1::STATE_RUNNING);
  return task.run->log->Append(std::move(begin));
}

absl::Status Engine::RecordEnd(const Task& task, const lifecycle::ChartOutcome& outcome) {
  const std::string key = ChartKey(task.run->plan.charts(task.chart));
  v1::Run picture = task.run->log->Picture();
  const v1::ChartRun* chart = FindChart(&picture, key);
  std::vector<store::JournalledEvent> entries;
  if (outcome.state == v1::STATE_FAILED) {
    v1::Failure failure = outcome.failure;
    failure.set_chart(key);
    const bool known = chart->has_failure() && google::protobuf::util::MessageDifferencer::Equals(
                                                   chart->failure(), failure);
    if (!known) *entries.emplace_back().event.mutable_failure() = std::move(failure);
  }
  v1::Transition* end = entries.emplace_back().event.mutable_transition();
  end->set_chart(key);
  end->set_state(outcome.state);
  end->set_skip_reason(outcome.skip_reason);
  if (chart->has_start_time()) *end->mutable_duration() = Since(chart->start_time(), clock_.Now());
  store::JournalRow row;
  row.chart = key;
  row.state = outcome.state;
  entries.back().journal = std::move(row);
  return task.run->log->Append(std::move(entries));
}

void Engine::RunChart(const Task& task) {
  lifecycle::ChartOutcome outcome = Execute(task);
  if (!outcome.interrupted) {
    const absl::Status recorded = RecordEnd(task, outcome);
    if (!recorded.ok()) {
      spdlog::error("run {}: the end of {} cannot be stored: {}", task.run->wants.run_id,
                    ChartKey(task.run->plan.charts(task.chart)), std::string(recorded.message()));
      outcome.interrupted = true;
    }
  }
  ChartEnded(task, outcome);
}

void Engine::FreeKeys(const RunPtr& run, int chart) {
  --run->charts_left;
  run->ended.insert(chart);
  std::set<std::string> freed;
  for (const std::string& key : run->keys_of[chart]) {
    if (--run->uses[key] > 0) continue;
    run->holds.erase(key);
    freed.insert(key);
    look_again_ = true;
    changed_.NotifyAll();
  }
  if (run->claims == nullptr) return;
  if (run->charts_left == 0) freed.insert(kWholeCluster);
  run->claims->Release(run->wants.run_id, freed);
}

// Frees what the chart held, starts those that waited for it.
void Engine::Follow(const RunPtr& run, int chart, bool stops) {
  FreeKeys(run, chart);
  if (stops && run->plan.fail_fast()) run->stop_starting = true;
  const ChartGraph::Next next = run->graph.Ended(chart, !stops);
  for (const int ready : next.ready) tasks_.push_back({run, ready});
  for (const int unreachable : next.unreachable) SkipUnreachable(run, unreachable);
  work_ready_.NotifyAll();
}

void Engine::SkipUnreachable(const RunPtr& run, int chart) {
  store::JournalledEvent entry;
  v1::Transition* change = entry.event.mutable_transition();
  change->set_chart(ChartKey(run->plan.charts(chart)));
  change->set_state(v1::STATE_SKIPPED);
  change->set_skip_reason(run->cancelled.ok() ? v1::SKIP_REASON_DEPENDENCY_FAILED
                                              : v1::SKIP_REASON_CANCELLED);
  run->log->AppendAsync(std::move(entry));
  FreeKeys(run, chart);
}

void Engine::ChartEnded(const Task& task, const lifecycle::ChartOutcome& outcome) {
  const RunPtr& run = task.run;
  bool finished = false, stopped = false;
  {
    MutexLock lock(&mutex_);
    --run->charts_running;
    if (outcome.interrupted) run->interrupted = true;
    if (run->interrupted) {
      stopped = run->charts_running == 0 && !draining_;
    } else {
      Follow(run, task.chart, run->Stops(outcome.state, outcome.skip_reason));
      finished = run->charts_left == 0;
      if (finished) run->phase = ActiveRun::Phase::kEnding;
    }
  }
  if (finished) Finish(run);
  if (stopped) {
    Strand(run, MakeFailure(Reason::kStoreUnavailable, "the run's events cannot be stored"));
  }
}

void Engine::Finish(const RunPtr& run) {
  bool cancelled = false;
  {
    MutexLock lock(&mutex_);
    cancelled = !run->cancelled.ok();
  }
  const v1::Run picture = run->log->Picture();
  bool failed = false;
  for (const v1::ChartRun& chart : picture.charts()) {
    failed |= StopsDependents(chart.state(), chart.skip_reason());
  }
  // A cancel that came too late to change anything leaves a success a success.
  const v1::RunState state = !failed     ? v1::RUN_STATE_SUCCEEDED
                             : cancelled ? v1::RUN_STATE_CANCELLED
                                         : v1::RUN_STATE_FAILED;
  std::vector<v1::RunEvent> events;
  if (state == v1::RUN_STATE_CANCELLED && !picture.has_failure()) {
    MutexLock lock(&mutex_);
    *events.emplace_back().mutable_failure() = FailureOf(run->cancelled);
  }
  v1::Transition* end = events.emplace_back().mutable_transition();
  end->set_run_state(state);
  *end->mutable_duration() = Since(picture.start_time(), clock_.Now());
  std::optional<v1::Plan> erased;
  if (state == v1::RUN_STATE_SUCCEEDED) erased = plan::WithoutContents(run->plan);
  const absl::Status ended = run->log->AppendEnd(std::move(events), state, erased);
  if (!ended.ok()) {
    spdlog::error("run {}: its end cannot be stored: {}", run->wants.run_id,
                  std::string(ended.message()));
    return Strand(run, ended);
  }
  Forget(run);
}

void Engine::Forget(const RunPtr& run) {
  MutexLock lock(&mutex_);
  active_.erase(run->wants.run_id);
  look_again_ = true;
  changed_.NotifyAll();
}

}  // namespace wheelhouse::runs

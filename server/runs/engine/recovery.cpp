// What a start does with the runs that the daemon before it left unfinished.
#include <spdlog/spdlog.h>

#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/engine.h"

namespace wheelhouse::runs {
namespace {

constexpr int kBatch = 1000;

v1::Transition* AddTransition(std::vector<v1::RunEvent>* events, const std::string& chart) {
  v1::Transition* transition = events->emplace_back().mutable_transition();
  transition->set_chart(chart);
  return transition;
}

// Fails the running step, its stage and its chart.
void EndRunningChart(const v1::ChartRun& chart, const v1::Failure& why,
                     std::vector<v1::RunEvent>* events) {
  const std::string key = ChartKey(chart);
  v1::Failure failure = why;
  failure.set_chart(key);
  std::vector<v1::Transition> ends;
  for (const v1::StageRun& stage : chart.stages()) {
    if (stage.state() != v1::STATE_RUNNING) continue;
    failure.set_stage(stage.stage());
    for (const v1::StepRun& step : stage.steps()) {
      if (step.state() != v1::STATE_RUNNING) continue;
      failure.set_step(step.name());
      v1::Transition& end = ends.emplace_back();
      end.set_stage(stage.stage());
      end.set_step(step.name());
      end.set_outcome("interrupted: begun, and not seen to end");
    }
    ends.emplace_back().set_stage(stage.stage());
  }
  ends.emplace_back();  // the chart's own
  *events->emplace_back().mutable_failure() = failure;
  for (v1::Transition& end : ends) {
    end.set_state(v1::STATE_FAILED);
    end.set_chart(key);
    *events->emplace_back().mutable_transition() = std::move(end);
  }
}

std::set<std::string> AllClaimKeys(const ActiveRun& run) {
  return run.wants.exclusive ? std::set<std::string>{kWholeCluster} : run.wants.keys;
}

}  // namespace

absl::StatusOr<v1::Run> Engine::Fold(const store::StoredRun& stored, LinesWritten* lines) {
  v1::Run run = *stored.contents.first;
  while (true) {
    ASSIGN_OR_RETURN(const auto events, store_.Events(run.id(), run.sequence(), kBatch));
    for (const v1::RunEvent& event : events) {
      ApplyEvent(event, &run);
      if (lines != nullptr) lines->Add(event);
    }
    if (static_cast<int>(events.size()) < kBatch) return run;
  }
}

absl::Status Engine::Recover() {
  ASSIGN_OR_RETURN(const auto rows, store_.Unfinished());
  for (const store::RunRow& row : rows) {
    const absl::Status taken = While(absl::StrCat("taking up run ", row.id), TakeUp(row.id));
    if (HasReason(taken, Reason::kStoreUnavailable)) return taken;
    if (!taken.ok()) spdlog::error("{}", std::string(taken.message()));
  }
  return absl::OkStatus();
}

absl::Status Engine::TakeUp(const std::string& run_id) {
  ASSIGN_OR_RETURN(const auto stored, store_.Load(run_id));
  if (!stored.has_value()) return absl::OkStatus();
  const store::RunRow& row = stored->row;
  ASSIGN_OR_RETURN(const auto plan, store_.LoadPlan(row.id));
  if (!stored->contents.first.has_value() || !plan.has_value()) {
    v1::Run clear;
    clear.set_id(row.id);
    clear.set_caller(row.caller);
    clear.set_cluster(row.cluster);
    clear.set_plan_name(row.plan_name);
    clear.set_state(row.state);
    clear.set_sequence(row.sequence);
    clear.mutable_create_time()->set_seconds(absl::ToUnixSeconds(row.create_time));
    return EndLeftOver(
        clear, MakeFailure(Reason::kInterrupted, "the key that this run was sealed with is gone"));
  }
  LinesWritten lines;
  ASSIGN_OR_RETURN(const v1::Run picture, Fold(*stored, &lines));
  const auto cluster = options_.cluster(row.cluster);
  if (!cluster.ok()) return EndLeftOver(picture, cluster.status());
  const RunPtr run = MakeActive(*plan, picture, *cluster);
  run->log->Count(lines);
  auto pins = PinArchives(run->plan, picture);
  if (!pins.ok()) return EndLeftOver(picture, pins.status());
  run->pins = std::move(pins->pins);
  run->archives_of = std::move(pins->owner);
  const bool running = row.state == v1::RUN_STATE_RUNNING;
  spdlog::info("run {}: taken up, it was {}", row.id, running ? "running" : "queued");
  if (running) RETURN_IF_ERROR(ReadResumes(picture, run.get()));
  if (running && run->claims != nullptr) run->claims->Expect(row.id, AllClaimKeys(*run));
  Enqueue(run);
  if (running) Continue(run, picture);
  return absl::OkStatus();
}

// The store knows the run as it stood before what it refused. (A run that works on is stranded when
// its charts find out.)
void Engine::Strand(const RunPtr& run, const absl::Status& why) {
  run->log->Close(why);
  MutexLock lock(&mutex_);
  if (run->phase == ActiveRun::Phase::kRunning && run->charts_running > 0) return;
  run->phase = ActiveRun::Phase::kStranded;
  look_again_ = true;
  changed_.NotifyAll();
}

std::vector<Engine::RunPtr> Engine::Stranded() {
  MutexLock lock(&mutex_);
  std::vector<RunPtr> stranded;
  for (const auto& [id, run] : active_) {
    if (run->phase == ActiveRun::Phase::kStranded && run->charts_running == 0)
      stranded.push_back(run);
  }
  return stranded;
}

// On the scheduler's thread, so that nobody is given the keys in between.
void Engine::TakeUpStranded() {
  const std::vector<RunPtr> stranded = Stranded();
  if (stranded.empty() || !store_.TryWrite().ok()) return;
  for (const RunPtr& run : stranded) {
    const absl::Status taken = TakeUp(run->wants.run_id);
    if (!taken.ok()) {
      spdlog::error("run {} cannot be taken up: {}", run->wants.run_id,
                    std::string(taken.message()));
    }
    MutexLock lock(&mutex_);
    const auto found = active_.find(run->wants.run_id);
    if (!taken.ok() || found == active_.end() || found->second != run) continue;
    // It could not be taken up, and has ended.
    if (run->claims != nullptr) run->claims->Release(run->wants.run_id, AllClaimKeys(*run));
    active_.erase(found);
  }
}

absl::StatusOr<lifecycle::Resume> Engine::ReadResume(const std::string& run_id,
                                                     const v1::ChartRun& chart) {
  ASSIGN_OR_RETURN(auto memory, store_.NewestMemory(run_id, ChartKey(chart)));
  return lifecycle::Resume{chart, std::move(memory).value_or("")};
}

absl::Status Engine::ReadResumes(const v1::Run& picture, ActiveRun* run) {
  for (int i = 0; i < picture.charts_size(); ++i) {
    if (picture.charts(i).state() != v1::STATE_RUNNING) continue;
    ASSIGN_OR_RETURN(run->resumes[i], ReadResume(picture.id(), picture.charts(i)));
  }
  return absl::OkStatus();
}

// Puts the run where it stood: what has ended holds no key and is followed by what waited for it.
void Engine::Continue(const RunPtr& run, const v1::Run& picture) {
  bool finished = false;
  {
    MutexLock lock(&mutex_);
    run->phase = ActiveRun::Phase::kRunning;
    run->holds = run->wants.keys;
    if (run->plan.has_deadline()) {
      BoundWork(run,
                ToTime(picture.start_time()) + ToDuration(run->plan.deadline()) - clock_.Now());
    }
    if (picture.cancel_requested()) {
      run->cancelled =
          MakeFailure(Reason::kCancelled, absl::StrCat("cancelled by ", picture.cancelled_by()));
      if (picture.cancel_forced()) run->undo.Cancel(run->cancelled);
      run->cancel.Cancel(run->cancelled);
    }
    const std::vector<int> roots = run->graph.Roots();
    std::set<int> ready(roots.begin(), roots.end()), unreachable;
    for (int i = 0; i < picture.charts_size(); ++i) {
      const v1::ChartRun& chart = picture.charts(i);
      if (!Ended(chart.state())) continue;
      FreeKeys(run, i);
      const bool stops = run->Stops(chart.state(), chart.skip_reason());
      run->stop_starting |= stops && run->plan.fail_fast();
      const ChartGraph::Next next = run->graph.Ended(i, !stops);
      ready.insert(next.ready.begin(), next.ready.end());
      unreachable.insert(next.unreachable.begin(), next.unreachable.end());
    }
    for (const int i : ready) {
      if (!Ended(picture.charts(i).state())) tasks_.push_back({run, i});
    }
    for (const int i : unreachable) {
      if (!Ended(picture.charts(i).state())) SkipUnreachable(run, i);
    }
    work_ready_.NotifyAll();
    finished = run->charts_left == 0;
    if (finished) run->phase = ActiveRun::Phase::kEnding;
  }
  if (finished) Finish(run);
}

absl::Status Engine::EndLeftOver(const v1::Run& picture, const absl::Status& why) {
  const v1::Failure failure = FailureOf(why);
  std::vector<v1::RunEvent> events;
  for (const v1::ChartRun& chart : picture.charts()) {
    if (chart.state() == v1::STATE_RUNNING) {
      EndRunningChart(chart, failure, &events);
    } else if (chart.state() == v1::STATE_PENDING) {
      v1::Transition* skipped = AddTransition(&events, ChartKey(chart));
      skipped->set_state(v1::STATE_SKIPPED);
      skipped->set_skip_reason(v1::SKIP_REASON_EARLIER_FAILURE);
    }
  }
  if (!picture.has_failure()) *events.emplace_back().mutable_failure() = failure;
  AddTransition(&events, "")->set_run_state(v1::RUN_STATE_FAILED);
  const auto log = std::make_shared<RunLog>(store_, clock_, picture,
                                            RunLogOptions{options_.log_bytes, options_.observer});
  return log->AppendEnd(std::move(events), v1::RUN_STATE_FAILED, std::nullopt);
}

}  // namespace wheelhouse::runs

// Starting queued runs, and what goes by the clock.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/run_picture.h"
#include "server/runs/engine.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kKeepFailedPlans = absl::Hours(24);  // for retry
constexpr absl::Duration kSweepEvery = absl::Minutes(10);
constexpr absl::Duration kTryStrandedEvery = absl::Seconds(2);

}  // namespace

void Engine::SchedulerLoop() {
  absl::Time sweep = absl::InfinitePast(), try_stranded = absl::InfiniteFuture();
  while (true) {
    std::vector<RunPtr> late;
    {
      MutexLock lock(&mutex_);
      if (draining_) {
        --threads_;
        idle_.NotifyAll();
        return;
      }
      const absl::Time now = absl::Now();
      const absl::Time due = Schedule(&late);
      const absl::Duration wait = std::min(
          due - clock_.Now(), std::max(std::min(sweep, try_stranded) - now, absl::ZeroDuration()));
      if (late.empty() && wait > absl::ZeroDuration() && !look_again_) {
        changed_.WaitFor(&mutex_, wait);
        continue;
      }
      look_again_ = false;
    }
    for (const RunPtr& run : late) {
      EndUnstarted(run, v1::RUN_STATE_FAILED,
                   MakeFailure(Reason::kDeadlineExceeded,
                               "the plan's queueTimeout passed before the run could start"),
                   "");
    }
    if (absl::Now() >= try_stranded) {
      TakeUpStranded();
      try_stranded = absl::InfiniteFuture();
    }
    if (try_stranded == absl::InfiniteFuture() && !Stranded().empty())
      try_stranded = absl::Now() + kTryStrandedEvery;
    if (absl::Now() < sweep) continue;
    EraseOldPlans();
    archives_.Expire();
    sweep = absl::Now() + kSweepEvery;
  }
}

// Starts what may start, tells the others their place, picks out those whose queue_timeout has
// passed. Returns when the next one passes.
absl::Time Engine::Schedule(std::vector<RunPtr>* late) {
  absl::Time due = absl::InfiniteFuture();
  std::vector<QueueEntry> holding, queued;
  for (auto& [id, run] : active_) {
    if (run->phase == ActiveRun::Phase::kQueued && run->queue_until <= clock_.Now()) {
      run->phase = ActiveRun::Phase::kEnding;
      late->push_back(run);
    } else if (run->phase == ActiveRun::Phase::kQueued) {
      queued.push_back(run->wants);
    } else {
      QueueEntry held = run->wants;
      held.keys = run->holds;
      held.exclusive = held.exclusive && run->phase == ActiveRun::Phase::kRunning;
      holding.push_back(std::move(held));
    }
  }
  const QueueDecision decision = DecideQueue(holding, std::move(queued));
  for (const std::string& id : decision.start) StartRun(active_.at(id));
  for (const auto& [id, place] : decision.waiting) {
    const RunPtr& run = active_.at(id);
    due = std::min(due, run->queue_until);
    if (google::protobuf::util::MessageDifferencer::Equals(place, run->place)) continue;
    run->place = place;
    store::JournalledEvent entry;
    *entry.event.mutable_transition()->mutable_queue() = place;
    run->log->AppendAsync(std::move(entry), [this, run](const absl::Status& status) {
      if (!status.ok()) Strand(run, status);
    });
  }
  return due;
}

void Engine::StartRun(const RunPtr& run) {
  run->phase = ActiveRun::Phase::kRunning;
  run->holds = run->wants.keys;
  if (run->plan.has_deadline()) BoundWork(run, ToDuration(run->plan.deadline()));
  ++starting_;
  run->log->AppendStart([this, run](const absl::Status& status) { Started(run, status); });
}

void Engine::BoundWork(const RunPtr& run, absl::Duration left) {
  run->work = run->cancel.WithTimeout(
      left, MakeFailure(Reason::kDeadlineExceeded, "the plan's deadline has passed"));
}

// On the store's thread.
void Engine::Started(const RunPtr& run, const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (status.ok() && !draining_) {
    for (const int chart : run->graph.Roots()) tasks_.push_back({run, chart});
    work_ready_.NotifyAll();
  } else if (!status.ok()) {
    run->log->Close(status);
    run->phase = ActiveRun::Phase::kStranded;
  }
  --starting_;
  idle_.NotifyAll();
}

// Ends a run of which nothing was done; its phase is kEnding.
void Engine::EndUnstarted(const RunPtr& run, v1::RunState state, const absl::Status& why,
                          const std::string& cancelled_by) {
  std::vector<v1::RunEvent> events;
  if (!cancelled_by.empty()) {
    v1::Transition* asked = events.emplace_back().mutable_transition();
    asked->set_cancel_requested(true);
    asked->set_cancelled_by(cancelled_by);
  }
  *events.emplace_back().mutable_failure() = FailureOf(why);
  const v1::SkipReason skipped =
      cancelled_by.empty() ? v1::SKIP_REASON_EARLIER_FAILURE : v1::SKIP_REASON_CANCELLED;
  const v1::Run picture = run->log->Picture();
  for (const v1::ChartRun& chart : picture.charts()) {
    v1::Transition* change = events.emplace_back().mutable_transition();
    change->set_chart(ChartKey(chart));
    change->set_state(v1::STATE_SKIPPED);
    change->set_skip_reason(skipped);
  }
  events.emplace_back().mutable_transition()->set_run_state(state);
  const absl::Status ended = run->log->AppendEnd(std::move(events), state, std::nullopt);
  if (!ended.ok()) return Strand(run, ended);
  Forget(run);
}

void Engine::EraseOldPlans() {
  const auto ids = store_.PlansToErase(clock_.Now() - kKeepFailedPlans);
  if (!ids.ok()) return;
  for (const std::string& id : *ids) {
    const auto stored = store_.Load(id);
    if (!stored.ok() || !stored->has_value()) continue;
    const v1::Plan plan = (*stored)->contents.plan.value_or(v1::Plan());
    store_.ReplacePlan(id, lifecycle_.WithoutContents(plan)).IgnoreError();  // the next sweep's
  }
}

}  // namespace wheelhouse::runs

// Starting queued runs, and what goes by the clock.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "common/durations.h"
#include "common/failure.h"
#include "common/run_picture.h"
#include "server/runs/engine/engine.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kTryStrandedEvery = absl::Seconds(2);
constexpr int kNear = 10;  // positions of which every change is told

// A place is an event, which is durable: of a thousand runs that wait for each other each would
// tell a thousand.
bool WorthTelling(int told, int position) {
  return position <= kNear || told == 0 || position * 2 <= told || position >= told * 2;
}

}  // namespace

void Engine::SchedulerLoop() {
  absl::Duration try_stranded = absl::InfiniteDuration();
  while (true) {
    std::vector<Unstarted> ends;
    {
      MutexLock lock(&mutex_);
      if (draining_) {
        --threads_;
        idle_.NotifyAll();
        return;
      }
      const absl::Duration wait =
          std::min(Schedule(&ends) - clock_.Now(),
                   std::max(try_stranded - SteadyNow(), absl::ZeroDuration()));
      if (ends.empty() && wait > absl::ZeroDuration() && !look_again_) {
        changed_.WaitFor(&mutex_, wait);
        continue;
      }
      look_again_ = false;
    }
    for (const Unstarted& end : ends) EndUnstarted(end).IgnoreError();  // tried again, stranded
    if (SteadyNow() >= try_stranded) {
      TakeUpStranded();
      try_stranded = absl::InfiniteDuration();
    }
    if (try_stranded == absl::InfiniteDuration() && !Stranded().empty())
      try_stranded = SteadyNow() + kTryStrandedEvery;
  }
}

// Starts what may start, remembers the others' places, picks out those that end in the queue: their
// queue_timeout has passed, or a newer run replaces them. Returns when the next queue_timeout
// passes.
absl::Time Engine::Schedule(std::vector<Unstarted>* ends) {
  absl::Time due = absl::InfiniteFuture();
  std::vector<QueueEntry> holding, queued;
  for (auto& [id, run] : active_) {
    if (run->phase == ActiveRun::Phase::kQueued && run->queue_until <= clock_.Now()) {
      run->phase = ActiveRun::Phase::kEnding;
      ends->push_back({run, v1::RUN_STATE_FAILED,
                       MakeFailure(Reason::kDeadlineExceeded,
                                   "the plan's queueTimeout passed before the run could start"),
                       "", ""});
    } else if (run->phase == ActiveRun::Phase::kQueued) {
      queued.push_back(run->wants);
    } else {
      QueueEntry held = run->wants;
      held.keys = run->holds;
      held.exclusive = held.exclusive && run->phase == ActiveRun::Phase::kRunning;
      holding.push_back(std::move(held));
    }
  }
  Supersede(&queued, ends);
  const QueueDecision decision = DecideQueue(holding, std::move(queued));
  for (const std::string& id : decision.start) StartRun(active_.at(id));
  for (const auto& [id, place] : decision.waiting) {
    const RunPtr& run = active_.at(id);
    due = std::min(due, run->queue_until);
    TellPlace(run, place);
  }
  return due;
}

void Engine::TellPlace(const RunPtr& run, const v1::QueuePlace& place) {
  if (google::protobuf::util::MessageDifferencer::Equals(place, run->place)) return;
  run->place = place;
  if (!WorthTelling(run->told_position, place.position())) return;
  run->told_position = place.position();
  store::JournalledEvent entry;
  *entry.event.mutable_transition()->mutable_queue() = place;
  run->log->AppendAsync(std::move(entry), [this, run](const absl::Status& status) {
    if (!status.ok()) Strand(run, status);
  });
}

// What is durable by now is the newer run. That it takes the older one's place becomes so before
// the older one's end does: the store keeps the order. A daemon that is killed in between comes to
// the same answer when it looks at its queue again, before anything starts.
void Engine::Supersede(std::vector<QueueEntry>* queued, std::vector<Unstarted>* ends) {
  const std::map<std::string, std::string> replaced = DecideSuperseded(*queued);
  std::set<RunPtr> moved;
  for (const auto& [old_id, new_id] : replaced) {
    const RunPtr& old = active_.at(old_id);
    const RunPtr& by = active_.at(new_id);
    old->phase = ActiveRun::Phase::kEnding;
    ends->push_back(
        {old, v1::RUN_STATE_CANCELLED,
         MakeFailure(Reason::kSuperseded, absl::StrCat("run ", new_id, " replaced it in the queue"),
                     {{"run", new_id}}),
         "", new_id});
    if (old->arrival >= by->arrival) continue;
    by->arrival = old->arrival;
    moved.insert(by);
  }
  for (const RunPtr& run : moved) {
    store::JournalledEvent entry;
    entry.event.mutable_transition()->set_in_place_of(run->arrival);
    run->log->AppendAsync(std::move(entry));
  }
  std::erase_if(*queued, [&](const QueueEntry& entry) { return replaced.count(entry.run_id) > 0; });
  for (QueueEntry& entry : *queued) entry.arrival = active_.at(entry.run_id)->arrival;
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

// Ends a run of which nothing was done; its phase is kEnding. One whose end is refused is stranded.
absl::Status Engine::EndUnstarted(const Unstarted& end) {
  const RunPtr& run = end.run;
  std::vector<v1::RunEvent> events;
  if (!end.cancelled_by.empty()) {
    v1::Transition* asked = events.emplace_back().mutable_transition();
    asked->set_cancel_requested(true);
    asked->set_cancelled_by(end.cancelled_by);
  }
  if (!end.superseded_by.empty())
    events.emplace_back().mutable_transition()->set_superseded_by(end.superseded_by);
  *events.emplace_back().mutable_failure() = FailureOf(end.why);
  const v1::SkipReason skipped = end.state == v1::RUN_STATE_CANCELLED
                                     ? v1::SKIP_REASON_CANCELLED
                                     : v1::SKIP_REASON_EARLIER_FAILURE;
  const v1::Run picture = run->log->Picture();
  for (const v1::ChartRun& chart : picture.charts()) {
    v1::Transition* change = events.emplace_back().mutable_transition();
    change->set_chart(ChartKey(chart));
    change->set_state(v1::STATE_SKIPPED);
    change->set_skip_reason(skipped);
  }
  events.emplace_back().mutable_transition()->set_run_state(end.state);
  const absl::Status ended = run->log->AppendEnd(std::move(events), end.state, std::nullopt);
  if (ended.ok()) {
    Forget(run);
  } else {
    Strand(run, ended);
  }
  return ended;
}

}  // namespace wheelhouse::runs

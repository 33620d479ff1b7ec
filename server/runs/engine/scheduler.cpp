#include "server/runs/engine/scheduler.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"

namespace wheelhouse::runs {

Scheduler::Scheduler(RunTable& table, const BootClock& clock, OnStart on_start, Watchdog* watchdog)
    : table_(table), clock_(clock), on_start_(std::move(on_start)), pulse_(watchdog, "scheduler") {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::Start() {
  MutexLock lock(&mutex_);
  thread_ = std::thread([this] {
    absl::Duration wait = absl::ZeroDuration();
    while (table_.AwaitQueue(std::min(wait, kBeatEvery))) {
      pulse_.Beat();
      wait = Look() - clock_.Now();
    }
    pulse_.Rest();
  });
}

void Scheduler::Stop() {
  std::thread thread;
  {
    MutexLock lock(&mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

// That a run has the turn of the one it replaces, and takes over from it, becomes durable before
// the older one's end does, or its request to stop: the store keeps the order. A daemon that is
// killed in between comes to the same answer when it looks at its queue again, before anything
// starts.
absl::Duration Scheduler::Look() {
  const RunTable::QueueChanges changes = table_.LookAtQueue(clock_.Now());
  for (const auto& [run, arrival] : changes.moved_up) ReportMove(run, arrival);
  for (const auto& [run, older] : changes.take_over) ReportTakeOver(run, older);
  for (const auto& [run, by] : changes.stopped) HandOver(run, by);
  for (const auto& [run, why] : changes.stop_now) run->halt.Cancel(why);
  for (const RunPtr& run : changes.starts) StartRun(run);
  for (const auto& [run, position] : changes.positions) ReportPosition(run, position);
  for (const RunPtr& run : changes.timed_out) {
    const absl::Status why = MakeFailure(
        Reason::kDeadlineExceeded, "the plan's queueTimeout passed before the run could start");
    EndRun(run, {v1::RUN_STATE_FAILED, why, "", ""});
  }
  for (const auto& [run, by] : changes.superseded) {
    const absl::Status why = MakeFailure(
        Reason::kSuperseded, absl::StrCat("run ", by, " replaced it in the queue"), {{"run", by}});
    EndRun(run, {v1::RUN_STATE_CANCELLED, why, "", by});
  }
  return changes.next;
}

// Where the store refuses the end, the run is stranded, and comes back.
void Scheduler::EndRun(const RunPtr& run, const UnstartedEnd& end) {
  owed_.Owe();
  EndUnstarted(table_, run, end, [this](const absl::Status&) { owed_.Answered(); });
}

void Scheduler::ReportMove(const RunPtr& run, const std::string& arrival) {
  LogEntry entry;
  entry.event.mutable_transition()->set_in_place_of(arrival);
  run->log->AppendAsync(std::move(entry));
}

void Scheduler::ReportTakeOver(const RunPtr& run, const std::set<std::string>& older) {
  LogEntry entry;
  entry.event.mutable_transition()->mutable_takes_over()->Assign(older.begin(), older.end());
  run->log->AppendAsync(std::move(entry));
}

// Nothing is stopped before this is durable: a restart has to go on with it.
void Scheduler::HandOver(const RunPtr& run, const std::string& by) {
  LogEntry entry;
  entry.event.mutable_transition()->set_superseded_by(by);
  owed_.Owe();
  const bool taken =
      run->log->AppendAsync(std::move(entry), [this, run](const absl::Status& status) {
        if (status.ok()) {
          table_.HandedOver(run);
        } else {
          StrandRun(table_, run, status);
        }
        owed_.Answered();
      });
  if (!taken) owed_.Answered();
}

void Scheduler::ReportPosition(const RunPtr& run, const v1::QueuePlace& position) {
  if (!WorthReporting(run->reported_position, position.position())) return;
  run->reported_position = position.position();
  LogEntry entry;
  *entry.event.mutable_transition()->mutable_queue() = position;
  owed_.Owe();
  const bool taken =
      run->log->AppendAsync(std::move(entry), [this, run](const absl::Status& status) {
        if (!status.ok()) StrandRun(table_, run, status);
        owed_.Answered();
      });
  if (!taken) owed_.Answered();
}

void Scheduler::StartRun(const RunPtr& run) {
  table_.SetWork(run, run->WorkUntilDeadline(absl::ZeroDuration()));
  owed_.Owe();
  run->log->AppendStart([this, run](const absl::Status& status) {
    Started(run, status);
    owed_.Answered();
  });
}

void Scheduler::Started(const RunPtr& run, const absl::Status& status) {
  if (status.ok()) return on_start_(run, table_.Started(run));
  StrandRun(table_, run, status);
}

}  // namespace wheelhouse::runs

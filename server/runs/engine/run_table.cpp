#include "server/runs/engine/run_table.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"

namespace wheelhouse::runs {

// -- Joining and leaving.

// A run that has its keys and waits for a worker counts as well: previews, and runs in many
// namespaces, would have no bound otherwise.
absl::Status RunTable::Reserve(const std::string& caller) {
  MutexLock lock(&mutex_);
  if (draining_) return MakeFailure(Reason::kShuttingDown, "the daemon is shutting down");
  int waiting = 0, of_the_caller = 0;
  for (const auto& [id, row] : rows_) {
    if (row.charts_running > 0) continue;
    ++waiting;
    if (row.run->wants.caller == caller) ++of_the_caller;
  }
  if (waiting + static_cast<int>(reserved_.size()) >= bounds_.queued)
    return MakeFailure(Reason::kQueueFull, absl::StrCat(waiting, " runs are waiting already"));
  if (of_the_caller + static_cast<int>(reserved_.count(caller)) >= bounds_.queued_of_a_caller) {
    return MakeFailure(
        Reason::kCallerLimit,
        absl::StrCat(of_the_caller, " runs of ", caller,
                     " are waiting already, and limits.queuedRunsPerCaller is ",
                     bounds_.queued_of_a_caller, ": wait until some have started, or cancel some"),
        {{"caller", caller}});
  }
  reserved_.insert(caller);
  return absl::OkStatus();
}

void RunTable::Unreserve(const std::string& caller) {
  MutexLock lock(&mutex_);
  reserved_.erase(reserved_.find(caller));
}

void RunTable::Add(const RunPtr& run, Standing standing) {
  const bool begun = standing.phase != Phase::kQueued;
  Row row{run, std::move(standing), run->wants.arrival, run->wants.takes_over, {}, begun};
  std::map<std::string, Row>::node_type replaced;  // destroyed without the lock
  MutexLock lock(&mutex_);
  replaced = rows_.extract(run->id());
  rows_.emplace(run->id(), std::move(row));
  QueueChanged();
}

void RunTable::Remove(const RunPtr& run) {
  std::map<std::string, Row>::node_type removed;  // destroyed without the lock
  MutexLock lock(&mutex_);
  if (RowOf(run) == nullptr) return;
  removed = rows_.extract(run->id());
  QueueChanged();
}

std::map<std::string, std::set<std::string>> RunTable::RemoveUnstarted(const RunPtr& run) {
  std::map<std::string, Row>::node_type removed;  // destroyed without the lock
  std::map<std::string, std::set<std::string>> kept;
  MutexLock lock(&mutex_);
  if (RowOf(run) == nullptr) return kept;
  removed = rows_.extract(run->id());
  for (const std::string& older : removed.mapped().takes_over) kept[older] = KeptFor(*run, older);
  QueueChanged();
  return kept;
}

// -- Reading.

RunPtr RunTable::Find(const std::string& run_id) const {
  MutexLock lock(&mutex_);
  const auto found = rows_.find(run_id);
  return found == rows_.end() ? nullptr : found->second.run;
}

v1::QueuePlace RunTable::PositionOf(const RunPtr& run) const {
  MutexLock lock(&mutex_);
  const Row* row = RowOf(run);
  return row == nullptr ? v1::QueuePlace() : row->position;
}

std::vector<RunPtr> RunTable::All() const {
  MutexLock lock(&mutex_);
  std::vector<RunPtr> all;
  for (const auto& [id, row] : rows_) all.push_back(row.run);
  return all;
}

EngineCounts RunTable::Counts() const {
  MutexLock lock(&mutex_);
  EngineCounts counts;
  for (const auto& [id, row] : rows_)
    ++(row.standing.phase == Phase::kQueued ? counts.queued : counts.running);
  return counts;
}

std::set<std::string> RunTable::TakesOver(const RunPtr& run) const {
  MutexLock lock(&mutex_);
  const Row* row = RowOf(run);
  return row == nullptr ? std::set<std::string>() : row->takes_over;
}

absl::Status RunTable::Cancelled(const RunPtr& run) const {
  MutexLock lock(&mutex_);
  const Row* row = RowOf(run);
  return row == nullptr ? absl::OkStatus() : row->standing.cancelled;
}

std::set<std::string> RunTable::KeysOf(const Row& row) {
  std::set<std::string> keys = row.standing.charts.held();
  keys.insert(row.freed_soon.begin(), row.freed_soon.end());
  return keys;
}

bool RunTable::HasEnded(const Row& row) {
  return row.standing.charts.AllEnded() && row.freed_soon.empty();
}

RunTable::Row* RunTable::RowOf(const RunPtr& run) {
  const auto found = rows_.find(run->id());
  return found == rows_.end() || found->second.run != run ? nullptr : &found->second;
}

const RunTable::Row* RunTable::RowOf(const RunPtr& run) const {
  const auto found = rows_.find(run->id());
  return found == rows_.end() || found->second.run != run ? nullptr : &found->second;
}

// -- The queue.

void RunTable::QueueChanged() {
  look_again_ = true;
  changed_.NotifyAll();
}

QueueRound RunTable::Decide(absl::Duration now) const {
  std::vector<QueueEntry> holding, queued;
  for (const auto& [id, row] : rows_) {
    QueueEntry entry = row.run->wants;
    entry.arrival = row.arrival;
    entry.takes_over = row.takes_over;
    if (row.standing.phase == Phase::kQueued) {
      queued.push_back(std::move(entry));
    } else if (row.begun) {
      entry.keys = KeysOf(row);
      entry.exclusive = entry.exclusive && !HasEnded(row);
      entry.goes_on = row.standing.phase == Phase::kRunning && row.standing.cancelled.ok() &&
                      row.standing.superseded_by.empty();
      holding.push_back(std::move(entry));
    }
  }
  return runs::LookAtQueue(holding, std::move(queued), bounds_.running_of_a_caller, now);
}

RunTable::QueueChanges RunTable::LookAtQueue(absl::Duration now) {
  MutexLock lock(&mutex_);
  look_again_ = false;
  QueueRound round = Decide(now);
  QueueChanges changes;
  changes.next = round.next;
  for (const std::string& id : round.timed_out) {
    Row& row = rows_.at(id);
    row.standing.phase = Phase::kEnding;
    changes.timed_out.push_back(row.run);
  }
  for (const auto& [id, by] : round.superseded) {
    Row& row = rows_.at(id);
    row.standing.phase = Phase::kEnding;
    changes.superseded.emplace_back(row.run, by);
  }
  TakeTurns(round, &changes);
  StopReplaced(round, &changes);
  for (const std::string& id : round.start) {
    Row& row = rows_.at(id);
    row.standing.phase = Phase::kStarting;
    row.begun = true;
    row.position.Clear();
    changes.starts.push_back(row.run);
  }
  for (const auto& [id, position] : round.waiting) SetPosition(rows_.at(id), position, &changes);
  return changes;
}

void RunTable::TakeTurns(const QueueRound& round, QueueChanges* changes) {
  for (const auto& [id, arrival] : round.moved_up) {
    Row& row = rows_.at(id);
    row.arrival = arrival;
    changes->moved_up.emplace_back(row.run, arrival);
  }
  for (const auto& [id, older] : round.take_over) {
    Row& row = rows_.at(id);
    row.takes_over = older;
    changes->take_over.emplace_back(row.run, older);
  }
}

void RunTable::StopReplaced(const QueueRound& round, QueueChanges* changes) {
  for (const auto& [id, by] : round.stopped) {
    Row& row = rows_.at(id);
    row.standing.superseded_by = by;
    changes->stopped.emplace_back(row.run, by);
  }
  for (auto& [id, row] : rows_) {
    if (!std::exchange(row.handed_over, false)) continue;
    const absl::Status why = TakenOver(row.standing.superseded_by);
    if (row.standing.cancelled.ok()) row.standing.cancelled = why;
    changes->stop_now.emplace_back(row.run, why);
  }
}

void RunTable::HandedOver(const RunPtr& run) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr) return;
  row->handed_over = true;
  QueueChanged();
}

// What the older run kept for `newer`, which has left the table, and for no other.
std::set<std::string> RunTable::KeptFor(const ActiveRun& newer, const std::string& older) const {
  std::set<std::string> kept = AllClaimKeys(newer);
  for (const std::string& wanted : KeysOfNewer(older)) kept.erase(wanted);
  const auto found = rows_.find(older);
  if (found == rows_.end()) return kept;
  // It goes on, and gives back itself what it holds now.
  for (const std::string& held : KeysOf(found->second)) kept.erase(held);
  if (!HasEnded(found->second)) kept.erase(kWholeCluster);
  return kept;
}

// The keys of the runs that take over from it.
std::set<std::string> RunTable::KeysOfNewer(const std::string& older) const {
  std::set<std::string> keys;
  for (const auto& [id, row] : rows_) {
    if (row.takes_over.contains(older)) keys.merge(AllClaimKeys(*row.run));
  }
  return keys;
}

void RunTable::SetPosition(Row& row, const v1::QueuePlace& position, QueueChanges* changes) {
  if (google::protobuf::util::MessageDifferencer::Equals(position, row.position)) return;
  row.position = position;
  changes->positions.emplace_back(row.run, position);
}

bool RunTable::AwaitQueue(absl::Duration most) {
  const absl::Duration end = SteadyNow() + most;
  MutexLock lock(&mutex_);
  while (!draining_ && !look_again_ && SteadyNow() < end)
    changed_.WaitFor(&mutex_, end - SteadyNow());
  return !draining_;
}

void RunTable::SetWork(const RunPtr& run, Context work) {
  MutexLock lock(&mutex_);
  if (Row* row = RowOf(run); row != nullptr) std::swap(row->standing.work, work);
}

std::vector<int> RunTable::Started(const RunPtr& run) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr || row->standing.phase != Phase::kStarting) return {};
  row->standing.phase = Phase::kRunning;
  changed_.NotifyAll();
  // From now on a newer one may take over from it.
  if (run->wants.supersede == v1::SUPERSEDE_RUNNING) QueueChanged();
  return row->standing.charts.Roots();
}

// -- Charts.

std::optional<RunTable::ChartStart> RunTable::BeginChart(const RunPtr& run) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr || row->standing.phase != Phase::kRunning) return std::nullopt;
  ++row->charts_running;
  ChartStart start{row->standing.work, row->standing.cancelled, row->standing.stop_starting};
  start.takes_over = row->takes_over;
  return start;
}

std::optional<RunTable::ChartEnd> RunTable::EndChart(const RunPtr& run, int chart, bool stops) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr || row->interrupted) return std::nullopt;
  if (stops && run->fail_fast) row->standing.stop_starting = true;
  ChartEnd end{row->standing.charts.End(chart, stops), !row->standing.cancelled.ok(),
               row->takes_over};
  if (!row->standing.superseded_by.empty()) end.kept_claims = KeysOfNewer(run->id());
  row->freed_soon.insert(end.follow.freed.begin(), end.follow.freed.end());
  return end;
}

void RunTable::Freed(const RunPtr& run, const std::set<std::string>& keys) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr) return;
  for (const std::string& key : keys) row->freed_soon.erase(key);
  QueueChanged();
}

void RunTable::InterruptChart(const RunPtr& run) {
  MutexLock lock(&mutex_);
  if (Row* row = RowOf(run); row != nullptr) row->interrupted = true;
}

RunTable::Afterwards RunTable::LeaveChart(const RunPtr& run) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr || --row->charts_running > 0) return Afterwards::kGoesOn;
  if (row->interrupted) return draining_ ? Afterwards::kGoesOn : Afterwards::kStandsStill;
  if (!row->standing.charts.AllEnded()) return Afterwards::kGoesOn;
  row->standing.phase = Phase::kEnding;
  return Afterwards::kFinished;
}

std::set<std::string> RunTable::ClaimedWith(const RunPtr& run, int chart) const {
  MutexLock lock(&mutex_);
  const Row* row = RowOf(run);
  return row == nullptr ? std::set<std::string>() : row->standing.charts.ClaimedWith(chart);
}

// -- Ending early, and stranding.

RunTable::Cancelling RunTable::BeginCancel(const std::string& run_id) {
  MutexLock lock(&mutex_);
  while (true) {
    const auto found = rows_.find(run_id);
    if (found == rows_.end()) return {};
    Phase& phase = found->second.standing.phase;
    if (phase == Phase::kEnding) return {};
    if (phase != Phase::kStarting) {
      const bool unstarted = phase == Phase::kQueued;
      if (unstarted) phase = Phase::kEnding;
      return {found->second.run, unstarted};
    }
    changed_.Wait(&mutex_);
  }
}

void RunTable::SetCancelled(const RunPtr& run, const absl::Status& why) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row != nullptr && row->standing.cancelled.ok()) row->standing.cancelled = why;
}

void RunTable::Strand(const RunPtr& run) {
  MutexLock lock(&mutex_);
  Row* row = RowOf(run);
  if (row == nullptr) return;
  if (row->standing.phase == Phase::kRunning && row->charts_running > 0) return;
  row->standing.phase = Phase::kStranded;
  QueueChanged();
}

bool RunTable::AnyStranded() const {
  return std::any_of(rows_.begin(), rows_.end(), [](const auto& row) {
    return row.second.standing.phase == Phase::kStranded && row.second.charts_running == 0;
  });
}

std::vector<RunPtr> RunTable::Stranded() const {
  MutexLock lock(&mutex_);
  std::vector<RunPtr> stranded;
  for (const auto& [id, row] : rows_) {
    if (row.standing.phase == Phase::kStranded && row.charts_running == 0)
      stranded.push_back(row.run);
  }
  return stranded;
}

bool RunTable::AwaitStranded() {
  MutexLock lock(&mutex_);
  while (!draining_ && !AnyStranded()) changed_.Wait(&mutex_);
  return !draining_;
}

// -- The daemon's end.

bool RunTable::Drain() {
  MutexLock lock(&mutex_);
  changed_.NotifyAll();
  return !std::exchange(draining_, true);
}

bool RunTable::draining() const {
  MutexLock lock(&mutex_);
  return draining_;
}

bool RunTable::AwaitDrain(absl::Duration most) {
  const absl::Duration end = SteadyNow() + most;
  MutexLock lock(&mutex_);
  while (!draining_ && SteadyNow() < end) changed_.WaitFor(&mutex_, end - SteadyNow());
  return draining_;
}

}  // namespace wheelhouse::runs

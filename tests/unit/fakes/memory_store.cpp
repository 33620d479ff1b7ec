#include "tests/unit/fakes/memory_store.h"

#include <algorithm>

#include "common/run_picture.h"
#include "common/status_macros.h"

namespace wheelhouse::store {

MemoryStore::MemoryStore(MemoryDisk& disk) : disk_(disk), thread_([this] { Loop(); }) {}

MemoryStore::~MemoryStore() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    allowed_.reset();
    changed_.NotifyAll();
  }
  thread_.join();
}

void MemoryStore::Hold() {
  MutexLock lock(&mutex_);
  allowed_ = 0;
}

void MemoryStore::Complete(size_t count) {
  MutexLock lock(&mutex_);
  if (allowed_.has_value()) *allowed_ += count;
  changed_.NotifyAll();
}

void MemoryStore::Release() {
  MutexLock lock(&mutex_);
  allowed_.reset();
  changed_.NotifyAll();
}

void MemoryStore::Refuse(absl::Status status) {
  MutexLock lock(&mutex_);
  refusal_ = std::move(status);
}

void MemoryStore::AwaitWaiting(size_t count) {
  MutexLock lock(&mutex_);
  while (waiting_.size() < count) changed_.Wait(&mutex_);
}

void MemoryStore::AwaitChange(const std::string& run_id, v1::RunState state) {
  const auto changes = [&](const Waiting& one) {
    return one.append.run_id == run_id && one.append.state.has_value() &&
           one.append.state->to == state;
  };
  MutexLock lock(&mutex_);
  while (std::none_of(waiting_.begin(), waiting_.end(), changes)) changed_.Wait(&mutex_);
}

void MemoryStore::Loop() {
  while (true) {
    Waiting next;
    absl::Status answer;
    {
      MutexLock lock(&mutex_);
      while (waiting_.empty() ? !stopping_ : allowed_ == size_t{0}) changed_.Wait(&mutex_);
      if (waiting_.empty()) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
      if (allowed_.has_value()) --*allowed_;
    }
    if (before_write) before_write();
    {
      MutexLock lock(&mutex_);
      answer = Write(next.append);
    }
    next.done(answer);
  }
}

MemoryDisk::Run* MemoryStore::Find(const std::string& run_id) {
  const auto found = disk_.runs.find(run_id);
  return found == disk_.runs.end() ? nullptr : &found->second;
}

absl::Status MemoryStore::Write(const Append& append) {
  RETURN_IF_ERROR(refusal_);
  MemoryDisk::Run* run = Find(append.run_id);
  if (run == nullptr) {
    const bool nothing = append.events.empty() && !append.state.has_value();
    return nothing ? absl::OkStatus() : absl::AbortedError("there is no such run");
  }
  if (append.state.has_value() && run->row.state != append.state->from)
    return absl::AbortedError("the run is not in that state");
  int64_t newest = run->row.sequence;
  for (const Event& event : append.events) {
    if (event.sequence != ++newest)
      return absl::AbortedError("the events do not follow the run's newest one");
  }
  run->row.sequence = newest;
  if (append.state.has_value()) run->row.state = append.state->to;
  if (append.taken_up.has_value()) run->row.taken_up = *append.taken_up;
  for (const Event& event : append.events) run->events.push_back(event);
  if (append.end.has_value()) {
    run->row.end_time = append.end->time;
    run->last = append.end->last;
  }
  if (append.plan.has_value()) {
    run->plan = *append.plan;
    run->row.plan_erased = true;
    run->kept.clear();
  }
  return absl::OkStatus();
}

absl::Status MemoryStore::CreateRun(const RunRow& row, const RunContents& contents,
                                    absl::Time since) {
  if (!row.request_id.empty()) {
    ASSIGN_OR_RETURN(const auto other, FindRequest(row.caller, row.request_id, since));
    if (other.has_value()) return absl::AlreadyExistsError(row.request_id);
  }
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  if (!row.saved_plan.empty()) {
    const auto plan = disk_.plans.find(row.saved_plan);
    if (plan == disk_.plans.end()) return absl::NotFoundError(row.saved_plan);
    plan->second.row.last_run = row.id;
  }
  MemoryDisk::Run& run = disk_.runs[row.id];
  run = {row, contents.plan, contents.first, std::nullopt, {}, {}};
  for (const KeptBytes& kept : contents.kept) run.kept[{kept.chart, kept.name}] = kept.bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<RunRow>> MemoryStore::FindRequest(const Principal& caller,
                                                               const std::string& request_id,
                                                               absl::Time since) {
  MutexLock lock(&mutex_);
  std::optional<RunRow> found;
  for (const auto& [id, run] : disk_.runs) {
    if (run.row.caller.name == caller.name && run.row.request_id == request_id &&
        run.row.create_time >= since)
      found = run.row;
  }
  return found;
}

absl::Status MemoryStore::TryWrite() {
  MutexLock lock(&mutex_);
  return refusal_;
}

void MemoryStore::AppendAsync(Append append, Done done) {
  MutexLock lock(&mutex_);
  waiting_.push_back({std::move(append), std::move(done)});
  changed_.NotifyAll();
}

absl::StatusOr<std::optional<StoredRun>> MemoryStore::Load(const std::string& run_id) {
  MutexLock lock(&mutex_);
  const MemoryDisk::Run* run = Find(run_id);
  if (run == nullptr) return std::optional<StoredRun>();
  return std::optional<StoredRun>({run->row, run->first, run->last});
}

absl::StatusOr<std::optional<Bytes>> MemoryStore::LoadPlan(const std::string& run_id) {
  MutexLock lock(&mutex_);
  const MemoryDisk::Run* run = Find(run_id);
  return run == nullptr ? std::nullopt : std::optional<Bytes>(run->plan);
}

absl::StatusOr<std::vector<Event>> MemoryStore::Events(const std::string& run_id, int64_t after,
                                                       int limit) {
  MutexLock lock(&mutex_);
  std::vector<Event> events;
  const MemoryDisk::Run* run = Find(run_id);
  if (run == nullptr) return events;
  for (const Event& event : run->events) {
    if (event.sequence > after && static_cast<int>(events.size()) < limit)
      events.push_back({event.sequence, event.payload, std::nullopt});
  }
  return events;
}

// Conditions are not looked at: no test of the engine needs them.
absl::StatusOr<Page> MemoryStore::List(const Query& query) {
  MutexLock lock(&mutex_);
  Page page;
  for (auto at = disk_.runs.rbegin(); at != disk_.runs.rend(); ++at) {
    if (!query.before_id.empty() && at->first >= query.before_id) continue;
    if (static_cast<int>(page.rows.size()) == query.limit) {
      page.next = page.rows.back().id;
      break;
    }
    page.rows.push_back(at->second.row);
  }
  return page;
}

absl::StatusOr<std::vector<RunRow>> MemoryStore::Unfinished() {
  MutexLock lock(&mutex_);
  std::vector<RunRow> rows;
  for (const auto& [id, run] : disk_.runs) {
    if (!Ended(run.row.state)) rows.push_back(run.row);
  }
  return rows;
}

absl::StatusOr<std::vector<std::string>> MemoryStore::ReleasesOf(const std::string& run_id) {
  MutexLock lock(&mutex_);
  const MemoryDisk::Run* run = Find(run_id);
  std::vector<std::string> releases;
  if (run == nullptr) return releases;
  for (const std::string& release : run->row.releases) {
    if (release.find('/') != std::string::npos) releases.push_back(release);
  }
  return releases;
}

absl::StatusOr<std::vector<std::string>> MemoryStore::PlansToErase(absl::Time before) {
  MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, run] : disk_.runs) {
    if (Ended(run.row.state) && run.row.end_time < before && !run.row.plan_erased)
      ids.push_back(id);
  }
  return ids;
}

absl::Status MemoryStore::ReplacePlan(const std::string& run_id, const Bytes& plan) {
  Append append;
  append.run_id = run_id;
  append.plan = plan;
  MutexLock lock(&mutex_);
  return Write(append);
}

absl::Status MemoryStore::Keep(const std::string& run_id, const std::string& chart,
                               const std::string& name, const Bytes& bytes,
                               std::optional<int64_t> most) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  MemoryDisk::Run* run = Find(run_id);
  if (run == nullptr) return absl::OkStatus();
  auto kept = static_cast<int64_t>(bytes.size());
  if (const auto before = run->kept.find({chart, name}); before != run->kept.end())
    kept -= static_cast<int64_t>(before->second.size());
  for (const auto& [id, other] : disk_.runs) {
    if (other.row.caller.name != run->row.caller.name) continue;
    for (const auto& [key, others] : other.kept) kept += static_cast<int64_t>(others.size());
  }
  if (most.has_value() && kept > *most) return absl::ResourceExhaustedError("too much is kept");
  run->kept[{chart, name}] = bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Bytes>> MemoryStore::Kept(const std::string& run_id,
                                                       const std::string& chart,
                                                       const std::string& name) {
  MutexLock lock(&mutex_);
  const MemoryDisk::Run* run = Find(run_id);
  if (run == nullptr) return std::optional<Bytes>();
  const auto found = run->kept.find({chart, name});
  return found == run->kept.end() ? std::nullopt : std::optional<Bytes>(found->second);
}

absl::StatusOr<std::optional<Memory>> MemoryStore::NewestMemory(const std::string& run_id,
                                                                const std::string& chart) {
  MutexLock lock(&mutex_);
  std::optional<Memory> newest;
  const MemoryDisk::Run* run = Find(run_id);
  if (run == nullptr) return newest;
  for (const Event& event : run->events) {
    if (event.journal.has_value() && event.journal->chart == chart)
      newest = Memory{event.sequence, event.journal->memory};
  }
  return newest;
}

absl::StatusOr<std::optional<std::string>> MemoryStore::FindIntention(const std::string& cluster,
                                                                      const std::string& chart,
                                                                      int revision) {
  MutexLock lock(&mutex_);
  std::optional<std::string> newest;
  for (const auto& [id, run] : disk_.runs) {
    const bool intends = run.row.cluster == cluster &&
                         std::any_of(run.events.begin(), run.events.end(), [&](const Event& event) {
                           return event.journal.has_value() && event.journal->chart == chart &&
                                  revision > 0 && event.journal->intended_revision == revision;
                         });
    if (intends) newest = id;
  }
  return newest;
}

absl::Status MemoryStore::PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  disk_.plans.try_emplace(row.id, StoredPlan{row, contents});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<StoredPlan>> MemoryStore::LoadSavedPlan(const std::string& id) {
  MutexLock lock(&mutex_);
  const auto found = disk_.plans.find(id);
  return found == disk_.plans.end() ? std::nullopt : std::optional<StoredPlan>(found->second);
}

absl::StatusOr<std::vector<SavedPlanRow>> MemoryStore::ListSavedPlans(const SavedPlanQuery& query) {
  MutexLock lock(&mutex_);
  std::vector<SavedPlanRow> rows;
  for (auto at = disk_.plans.rbegin(); at != disk_.plans.rend(); ++at) {
    const SavedPlanRow& row = at->second.row;
    if (!query.before_id.empty() && row.id >= query.before_id) continue;
    if (!query.caller.empty() && row.caller.name != query.caller) continue;
    if (static_cast<int>(rows.size()) < query.limit) rows.push_back(row);
  }
  return rows;
}

absl::Status MemoryStore::ApproveSavedPlan(const std::string& id, const std::string& by,
                                           absl::Time time) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  const auto found = disk_.plans.find(id);
  if (found == disk_.plans.end() || !found->second.row.approved_by.empty()) return absl::OkStatus();
  found->second.row.approved_by = by;
  found->second.row.approve_time = time;
  return absl::OkStatus();
}

absl::Status MemoryStore::DeleteSavedPlan(const std::string& id) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  disk_.plans.erase(id);
  return absl::OkStatus();
}

absl::Status MemoryStore::DeleteSavedPlans(absl::Time before) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  std::erase_if(disk_.plans,
                [&](const auto& plan) { return plan.second.row.expire_time < before; });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<absl::Time>> MemoryStore::AgeTime() {
  MutexLock lock(&mutex_);
  return disk_.age_time;
}

absl::Status MemoryStore::KeepAgeTime(absl::Time time) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  disk_.age_time = time;
  return absl::OkStatus();
}

absl::StatusOr<Usage> MemoryStore::GetUsage() {
  MutexLock lock(&mutex_);
  return Usage{static_cast<int64_t>(disk_.runs.size()), 0, 0};
}

absl::StatusOr<std::vector<std::string>> MemoryStore::EndedBefore(absl::Time before, int limit) {
  MutexLock lock(&mutex_);
  std::vector<std::pair<absl::Time, std::string>> ended;
  for (const auto& [id, run] : disk_.runs) {
    if (Ended(run.row.state) && run.row.end_time < before) ended.emplace_back(run.row.end_time, id);
  }
  std::sort(ended.begin(), ended.end());
  std::vector<std::string> ids;
  for (const auto& [time, id] : ended) {
    if (static_cast<int>(ids.size()) < limit) ids.push_back(id);
  }
  return ids;
}

absl::StatusOr<bool> MemoryStore::Prune(const std::string& run_id, int) {
  MutexLock lock(&mutex_);
  RETURN_IF_ERROR(refusal_);
  const MemoryDisk::Run* run = Find(run_id);
  if (run != nullptr && Ended(run->row.state)) disk_.runs.erase(run_id);
  return true;
}

}  // namespace wheelhouse::store

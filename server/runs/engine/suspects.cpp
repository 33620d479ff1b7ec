#include "server/runs/engine/suspects.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/clock.h"
#include "server/runs/engine/run_end.h"

namespace wheelhouse::runs {
namespace {

// A chart that only waits says nothing for a long time, and kills nobody.
constexpr absl::Duration kLongestTurn = absl::Minutes(1);

}  // namespace

absl::Status WriteTakenUp(store::Store& store, const std::vector<TakenUp>& counts) {
  Mutex mutex;
  CondVar answered;
  size_t answers = 0;
  absl::Status first;
  for (const TakenUp& one : counts) {
    store::Append append;
    append.run_id = one.run_id;
    append.taken_up = one.count;
    store.AppendAsync(std::move(append), [&](const absl::Status& status) {
      MutexLock lock(&mutex);
      ++answers;
      first.Update(status);
      answered.NotifyAll();
    });
  }
  MutexLock lock(&mutex);
  while (answers < counts.size()) answered.Wait(&mutex);
  return first;
}

Suspects::Suspects(store::Store& store, RunTable& table, OnFollow on_follow)
    : store_(store), table_(table), on_follow_(std::move(on_follow)) {}

Suspects::~Suspects() { Stop(); }

void Suspects::Add(const RunPtr& run, RunTable::ChartEnd end, int taken_up) {
  suspects_.push_back({run, std::move(end), taken_up});
}

void Suspects::Start() {
  if (!suspects_.empty()) thread_ = std::thread([this] { Loop(); });
}

void Suspects::Stop() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Suspects::Loop() {
  for (; !suspects_.empty(); suspects_.pop_front()) {
    {
      MutexLock lock(&mutex_);
      if (stopped_) return;
      further_ = false;
    }
    if (LetGoOn(suspects_.front())) AwaitFurther();
  }
}

// False: it does not go on now.
bool Suspects::LetGoOn(const Suspect& suspect) {
  const auto& [run, end, taken_up] = suspect;
  const absl::Status counted = WriteTakenUp(store_, {{run->id(), taken_up + 1}});
  if (!counted.ok()) {
    StrandRun(table_, run, counted);  // it comes back when the store does
    return false;
  }
  spdlog::warn("run {}: goes on alone, because an earlier daemon died while it took it up",
               run->id());
  run->log->CountTakeUp([this] {
    MutexLock lock(&mutex_);
    further_ = true;
    changed_.NotifyAll();
  });
  on_follow_(run, end);
  return true;
}

void Suspects::AwaitFurther() {
  const absl::Duration due = SteadyNow() + kLongestTurn;
  MutexLock lock(&mutex_);
  while (!further_ && !stopped_ && SteadyNow() < due) changed_.WaitFor(&mutex_, due - SteadyNow());
}

}  // namespace wheelhouse::runs

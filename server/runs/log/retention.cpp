#include "server/runs/log/retention.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/plan/contents.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kEvery = absl::Minutes(1);
constexpr int kMostEvents = 500;  // in one write
constexpr int kMostRuns = 1000;   // before it is counted again
constexpr int kFewRuns = 10;      // the same, where bytes count
constexpr int64_t kMebibyte = 1 << 20;
constexpr int64_t kKeptFree = 16 * kMebibyte;  // new runs fill it again

void Warn(const char* doing, const absl::Status& status) {
  if (!status.ok()) spdlog::warn("{}: {}", doing, std::string(status.message()));
}

}  // namespace

Retention::Retention(const RetentionOptions& options, store::Store& store,
                     store::Archives& archives, const Clock& age_clock,
                     std::function<absl::Status()> expire_plans)
    : options_(options),
      store_(store),
      archives_(archives),
      age_clock_(age_clock),
      expire_plans_(std::move(expire_plans)) {}

Retention::~Retention() { Stop(); }

void Retention::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Retention::Stop() {
  std::thread thread;
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

bool Retention::Stopped() {
  MutexLock lock(&mutex_);
  return stopped_;
}

void Retention::Loop() {
  while (!Stopped()) {
    Sweep();
    const absl::Duration next = SteadyNow() + kEvery;
    MutexLock lock(&mutex_);
    while (!stopped_ && SteadyNow() < next) changed_.WaitFor(&mutex_, next - SteadyNow());
  }
}

void Retention::Sweep() {
  Warn("the time that was reached cannot be kept", store_.KeepAgeTime(age_clock_.Now()));
  Warn("values of old runs cannot be erased", EraseValues());
  Warn("saved plans cannot be deleted", expire_plans_());
  archives_.Expire();
  Warn("old runs cannot be pruned", Prune());
}

absl::Status Retention::EraseValues() {
  ASSIGN_OR_RETURN(const auto ids, store_.PlansToErase(age_clock_.Now() - kKeptWhole));
  for (const std::string& id : ids) {
    if (Stopped()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto stored, store_.LoadPlan(id));
    auto whole = store::Parse<v1::Plan>(stored);
    RETURN_IF_ERROR(store_.ReplacePlan(
        id, plan::WithoutContents(std::move(whole).value_or(v1::Plan())).SerializeAsString()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Retention::ToPrune(const store::Usage& usage) {
  const absl::Time now = age_clock_.Now();
  ASSIGN_OR_RETURN(auto ids,
                   store_.EndedBefore(now - std::max(options_.max_age, kKeptWhole), kMostRuns));
  if (!ids.empty()) return ids;
  const int64_t too_many = usage.runs - options_.max_runs;
  if (too_many > 0) {
    return store_.EndedBefore(now - kKeptWhole,
                              static_cast<int>(std::min<int64_t>(too_many, kMostRuns)));
  }
  if (usage.bytes > options_.max_bytes) return store_.EndedBefore(now - kKeptWhole, kFewRuns);
  return ids;
}

absl::Status Retention::Prune() {
  int64_t pruned = 0;
  while (true) {
    ASSIGN_OR_RETURN(const store::Usage usage, store_.GetUsage());
    ASSIGN_OR_RETURN(const std::vector<std::string> ids, ToPrune(usage));
    for (const std::string& id : ids) {
      if (Stopped()) return absl::OkStatus();
      RETURN_IF_ERROR(PruneRun(id));
      ++pruned;
    }
    if (!ids.empty()) continue;
    if (pruned > 0) spdlog::info("{} old runs were pruned, {} are kept", pruned, usage.runs);
    const bool full = usage.bytes > options_.max_bytes;
    if (full && !full_.exchange(full)) {
      spdlog::warn(
          "the store holds {} bytes, more than retention.maxBytes, and nothing in it is "
          "old enough to be pruned: no runs are accepted",
          usage.bytes);
    }
    full_ = full;
    return Shrink(usage.free_bytes);
  }
}

absl::Status Retention::PruneRun(const std::string& run_id) {
  bool gone = false;
  while (!gone && !Stopped()) {
    ASSIGN_OR_RETURN(gone, store_.Prune(run_id, kMostEvents));
  }
  return absl::OkStatus();
}

absl::Status Retention::Shrink(int64_t free_bytes) {
  for (; free_bytes > kKeptFree && !Stopped(); free_bytes -= kMebibyte) {
    RETURN_IF_ERROR(store_.Shrink());
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::runs

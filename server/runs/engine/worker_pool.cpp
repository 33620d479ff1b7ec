#include "server/runs/engine/worker_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/clock.h"

namespace wheelhouse::runs {
namespace {

// Jobs that may check beside as many that change as there are places.
constexpr int kSpare = 2;

}  // namespace

WorkerPool::WorkerPool(int places) : places_(std::max(1, places)) {}

WorkerPool::~WorkerPool() {
  Stop();
  std::vector<std::thread> threads;
  {
    MutexLock lock(&mutex_);
    threads = std::move(threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

void WorkerPool::Start() {
  MutexLock lock(&mutex_);
  for (int i = 0; i < places_ + kSpare; ++i) AddThread();
}

void WorkerPool::Add(Job job) {
  MutexLock lock(&mutex_);
  if (stopped_) return;
  jobs_.push_back(std::move(job));
  changed_.NotifyAll();
}

void WorkerPool::Stop() {
  std::deque<Job> dropped;  // destroyed without the lock
  MutexLock lock(&mutex_);
  stopped_ = true;
  dropped.swap(jobs_);
  changed_.NotifyAll();
}

bool WorkerPool::AwaitIdle(absl::Duration most) {
  const absl::Duration end = SteadyNow() + most;
  MutexLock lock(&mutex_);
  while (running_ > 0 && SteadyNow() < end) changed_.WaitFor(&mutex_, end - SteadyNow());
  return running_ == 0;
}

void WorkerPool::AddThread() {
  try {
    threads_.emplace_back([this] { Loop(); });
    ++running_;
  } catch (const std::system_error& error) {
    // Fewer jobs at once until one comes back.
    spdlog::error("a thread for charts cannot be started: {}", error.what());
  }
}

std::deque<WorkerPool::Job>::iterator WorkerPool::Next() {
  if (checking_ + changing_ + returning_ < places_) return jobs_.begin();
  if (checking_ >= kSpare) return jobs_.end();
  for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
    const auto found = callers_.find(job->caller);
    const Caller caller = found == callers_.end() ? Caller() : found->second;
    if ((checking_ == 0 || caller.places == 0) && (job->only_checks || caller.returning == 0))
      return job;
  }
  return jobs_.end();
}

void WorkerPool::Count(const std::string& caller, int places, int returning) {
  Caller& of = callers_[caller];
  of.places += places;
  of.returning += returning;
  returning_ += returning;
  if (of == Caller()) callers_.erase(caller);
}

bool WorkerPool::MayChange() const { return changing_ + std::max(0, checking_ - kSpare) < places_; }

int& WorkerPool::Number(Place::Use use) {
  return use == Place::Use::kNone ? aside_ : use == Place::Use::kChecks ? checking_ : changing_;
}

void WorkerPool::SetUse(Place* place, Place::Use use) {
  const int had = place->use_ != Place::Use::kNone ? 1 : 0;
  const int has = use != Place::Use::kNone ? 1 : 0;
  --Number(place->use_);
  ++Number(use);
  Count(place->caller_, has - had, 0);
  place->use_ = use;
  changed_.NotifyAll();
}

void WorkerPool::Loop() {
  while (true) {
    Job next;
    Place place(*this);
    {
      MutexLock lock(&mutex_);
      auto found = Next();
      for (; found == jobs_.end() && !stopped_; found = Next()) changed_.Wait(&mutex_);
      if (stopped_) {
        --running_;
        changed_.NotifyAll();
        return;
      }
      next = std::move(*found);
      jobs_.erase(found);
      place.caller_ = std::move(next.caller);
      ++aside_;
      SetUse(&place, Place::Use::kChecks);
    }
    next.run(place);
    next.run = nullptr;
    MutexLock lock(&mutex_);
    SetUse(&place, Place::Use::kNone);
    --aside_;
  }
}

void WorkerPool::LeavePlace(Place* place) {
  if (place->use_ == Place::Use::kNone) return;
  SetUse(place, Place::Use::kNone);
  if (!stopped_ && running_ - aside_ < places_ + kSpare) AddThread();
}

void WorkerPool::StepAside(Place* place) {
  MutexLock lock(&mutex_);
  LeavePlace(place);
}

void WorkerPool::TakeToChange(const Context& context, Place* place) {
  const auto wakeup = context.OnCancel([this] {
    MutexLock lock(&mutex_);
    changed_.NotifyAll();
  });
  MutexLock lock(&mutex_);
  if (place->use_ == Place::Use::kChanges) return;
  LeavePlace(place);
  Count(place->caller_, 0, 1);
  while (!MayChange() && !stopped_ && context.Check().ok())
    changed_.WaitFor(&mutex_, context.Remaining());
  Count(place->caller_, 0, -1);
  SetUse(place, Place::Use::kChanges);
}

}  // namespace wheelhouse::runs

#include "server/runs/engine/worker_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/clock.h"

namespace wheelhouse::runs {

WorkerPool::WorkerPool(int slots, Watchdog* watchdog)
    : slots_(std::max(1, slots)), pulse_(watchdog, "workers") {}

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
  for (int i = 0; i < slots_; ++i) AddThread();
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

void WorkerPool::Loop() {
  while (true) {
    Job job;
    {
      MutexLock lock(&mutex_);
      while ((jobs_.empty() || !HasFreeSlot()) && !stopped_) {
        if (HasFreeSlot()) pulse_.Beat();
        changed_.WaitFor(&mutex_, kBeatEvery);
      }
      if (stopped_) {
        --running_;
        pulse_.Rest();
        changed_.NotifyAll();
        return;
      }
      job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_;
      HasFreeSlot() ? pulse_.Beat() : pulse_.Rest();
    }
    job();
    job = nullptr;
    MutexLock lock(&mutex_);
    --busy_;
    changed_.NotifyAll();
  }
}

bool WorkerPool::HasFreeSlot() const { return busy_ + returning_ < slots_; }

void WorkerPool::StepAside() {
  MutexLock lock(&mutex_);
  --busy_;
  ++aside_;
  if (!stopped_ && running_ - aside_ < slots_) AddThread();
  changed_.NotifyAll();
}

void WorkerPool::StepBack() {
  MutexLock lock(&mutex_);
  ++returning_;
  while (busy_ >= slots_ && !stopped_) changed_.Wait(&mutex_);
  --returning_;
  --aside_;
  ++busy_;
  changed_.NotifyAll();
}

}  // namespace wheelhouse::runs

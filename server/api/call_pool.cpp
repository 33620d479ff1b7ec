#include "server/api/call_pool.h"

#include <utility>

namespace wheelhouse::api {

CallPool::CallPool(const Options& options) : options_(options) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back(&CallPool::Loop, this);
}

CallPool::~CallPool() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool CallPool::Post(const std::string& caller, size_t bytes, std::function<void()> work) {
  MutexLock lock(&mutex_);
  Caller& of = callers_[caller];
  if (!of.waiting.empty() && (of.waiting.size() >= options_.waiting_per_caller ||
                              of.bytes + bytes > options_.bytes_per_caller)) {
    return false;
  }
  of.waiting.push_back({bytes, std::move(work)});
  of.bytes += bytes;
  changed_.NotifyOne();
  return true;
}

void CallPool::Go(const std::string& caller, std::function<void()> work) {
  MutexLock lock(&mutex_);
  callers_[caller].waiting.push_back({0, std::move(work)});
  changed_.NotifyOne();
}

// The first caller after the one whose turn was last that may have more work done.
CallPool::Callers::iterator CallPool::Next() {
  auto at = callers_.upper_bound(last_);
  for (size_t seen = 0; seen < callers_.size(); ++seen, ++at) {
    if (at == callers_.end()) at = callers_.begin();
    if (!at->second.waiting.empty() && at->second.running < options_.running_per_caller) return at;
  }
  return callers_.end();
}

void CallPool::Loop() {
  MutexLock lock(&mutex_);
  while (true) {
    const auto next = Next();
    if (next == callers_.end()) {
      if (stopping_) return;  // the rest is for threads that are at work for its callers
      changed_.Wait(&mutex_);
      continue;
    }
    last_ = next->first;
    Caller& of = next->second;
    Work work = std::move(of.waiting.front());
    of.waiting.pop_front();
    of.bytes -= work.bytes;
    ++of.running;
    mutex_.Unlock();
    work.run();
    work.run = nullptr;
    mutex_.Lock();
    if (--of.running == 0 && of.waiting.empty()) callers_.erase(next);
    // The caller may have waited for this turn to end; so may the destructor.
    changed_.NotifyAll();
  }
}

}  // namespace wheelhouse::api

// Gives free memory of the heap back to the system.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <thread>

#include "common/mutex.h"

namespace wheelhouse {

// When it is worth it. Not thread-safe.
class TrimRule {
 public:
  // Less than this is not worth the time: the heap's locks are held while it is given back.
  static constexpr uint64_t kWorthIt = 32 << 20;

  // `free` is what the heap has in free blocks, whether the system has their pages back or not: it
  // does not say. So what counts is what has become free since the last time.
  bool IsWorthIt(uint64_t free);

 private:
  uint64_t given_back_ = 0;
};

// Looks on a thread of its own until it is destroyed. Thread-safe.
class FreeMemory {
 public:
  static constexpr absl::Duration kLookEvery = absl::Seconds(5);

  explicit FreeMemory(absl::Duration look_every = kLookEvery);
  ~FreeMemory();
  FreeMemory(const FreeMemory&) = delete;
  FreeMemory& operator=(const FreeMemory&) = delete;

 private:
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);

  const absl::Duration look_every_;
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse

// How many helm processes run at once. A helm that changes a release may hang for as long as its
// chart's timeout allows; a bounded number of those leaves a slot for reading (rendering), and one
// for undoing what a failed run has changed, whatever the others do.
#pragma once

#include <absl/status/status.h>

#include <array>

#include "common/context.h"
#include "common/mutex.h"

namespace wheelhouse::helm {

enum class SlotUse { kChanges, kReads, kUndoes };

// How the slots of one use stand.
struct SlotCounts {
  int taken = 0;
  int waiting = 0;  // those that want one
};

// Thread-safe.
class ProcessSlots {
 public:
  // `most` processes at once, and one more each of the kinds that reads and undoes.
  explicit ProcessSlots(int most) : most_(most) {}

  // Blocks until there is a slot for that use; each success is to be followed by one Free. The
  // context's cause when that ends first.
  absl::Status Take(const Context& context, SlotUse use);
  void Free(SlotUse use);

  // By use, in the order of SlotUse.
  std::array<SlotCounts, 3> Counts() const;

 private:
  SlotCounts& CountsOf(SlotUse use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return counts_[static_cast<size_t>(use)];
  }
  int TakenFor(SlotUse use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return CountsOf(use).taken; }
  bool IsFree(SlotUse use) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const int most_;
  mutable Mutex mutex_;
  CondVar freed_;
  std::array<SlotCounts, 3> counts_ ABSL_GUARDED_BY(mutex_) = {};
};

}  // namespace wheelhouse::helm

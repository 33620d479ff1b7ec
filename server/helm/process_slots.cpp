#include "server/helm/process_slots.h"

#include <algorithm>

namespace wheelhouse::helm {

bool ProcessSlots::IsFree(SlotUse use) {
  if (use != SlotUse::kChanges && TakenFor(use) == 0) return true;
  return TakenFor(SlotUse::kChanges) + std::max(0, TakenFor(SlotUse::kReads) - 1) +
             std::max(0, TakenFor(SlotUse::kUndoes) - 1) <
         most_;
}

absl::Status ProcessSlots::Take(const Context& context, SlotUse use) {
  const auto wakeup = context.OnCancel([this] {
    MutexLock lock(&mutex_);
    freed_.NotifyAll();
  });
  MutexLock lock(&mutex_);
  ++CountsOf(use).waiting;
  absl::Status may = absl::OkStatus();
  while (may.ok() && !IsFree(use)) {
    may = context.Check();
    if (may.ok()) freed_.WaitFor(&mutex_, context.Remaining());
  }
  --CountsOf(use).waiting;
  if (may.ok()) ++CountsOf(use).taken;
  return may;
}

void ProcessSlots::Free(SlotUse use) {
  MutexLock lock(&mutex_);
  --CountsOf(use).taken;
  // Wake all: a single waiter may be one that gives up, or one that waits for another use.
  freed_.NotifyAll();
}

std::array<SlotCounts, 3> ProcessSlots::Counts() const {
  MutexLock lock(&mutex_);
  return counts_;
}

}  // namespace wheelhouse::helm

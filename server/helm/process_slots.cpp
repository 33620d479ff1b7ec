#include "server/helm/process_slots.h"

#include <algorithm>

#include "common/status_macros.h"

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
  while (!IsFree(use)) {
    RETURN_IF_ERROR(context.Check());
    freed_.WaitFor(&mutex_, context.Remaining());
  }
  ++TakenFor(use);
  return absl::OkStatus();
}

void ProcessSlots::Free(SlotUse use) {
  MutexLock lock(&mutex_);
  --TakenFor(use);
  // Wake all: a single waiter may be one that gives up, or one that waits for another use.
  freed_.NotifyAll();
}

}  // namespace wheelhouse::helm

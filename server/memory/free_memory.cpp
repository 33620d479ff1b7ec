#include "server/memory/free_memory.h"

#include <malloc.h>

#include <algorithm>

#include "common/clock.h"

namespace wheelhouse {

bool TrimRule::IsWorthIt(uint64_t free) {
  given_back_ = std::min(given_back_, free);
  if (free - given_back_ < kWorthIt) return false;
  given_back_ = free;
  return true;
}

FreeMemory::FreeMemory(absl::Duration look_every)
    : look_every_(look_every), thread_([this] { Loop(); }) {}

FreeMemory::~FreeMemory() {
  {
    MutexLock lock(&mutex_);
    stopped_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void FreeMemory::Loop() {
  TrimRule rule;
  while (true) {
    const absl::Duration next = SteadyNow() + look_every_;
    {
      MutexLock lock(&mutex_);
      while (!stopped_ && SteadyNow() < next) changed_.WaitFor(&mutex_, next - SteadyNow());
      if (stopped_) return;
    }
    if (rule.IsWorthIt(mallinfo2().fordblks)) malloc_trim(0);
  }
}

}  // namespace wheelhouse

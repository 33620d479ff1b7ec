// Reads a RunWatch on this thread, as a stream of the API does on the daemon's pools.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>

#include "common/context.h"
#include "common/failure.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "server/runs/run_watch.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::runs {

using OpenWatch =
    std::function<absl::StatusOr<std::unique_ptr<RunWatch>>(std::function<void()> wake)>;

// Gives each event to `send` until the run has ended (OK), the watch ends before (its error),
// `send` returns false (CANCELLED) or `context` ends.
inline absl::Status Follow(const Context& context, const OpenWatch& open,
                           const std::function<bool(const v1::RunEvent&)>& send) {
  Mutex mutex;
  CondVar changed;
  bool woken = false;
  const std::function<void()> wake = [&] {
    MutexLock lock(&mutex);
    woken = true;
    changed.NotifyAll();
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<RunWatch> watch, open(wake));
  const auto on_cancel = context.OnCancel(wake);
  while (true) {
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(const RunWatch::Step step, watch->Next());
    if (step.over) return absl::OkStatus();
    if (step.event != nullptr) {
      v1::RunEvent event;
      if (!event.ParseFromString(*step.event)) return absl::InternalError("no event");
      if (!send(event)) return MakeFailure(Reason::kCancelled, "the reader is gone");
      continue;
    }
    MutexLock lock(&mutex);
    if (!woken) changed.WaitFor(&mutex, step.ask_again);
    woken = false;
  }
}

}  // namespace wheelhouse::runs

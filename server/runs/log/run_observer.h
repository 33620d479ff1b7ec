// Whoever follows all runs, as what happens to them becomes durable: the daemon's own log, and
// whatever else has to know without asking.
#pragma once

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// Both calls must not block, and must call nothing of the run engine or of the store. What a daemon
// that was killed had made durable and not yet reported is not reported later.
class RunObserver {
 public:
  virtual ~RunObserver() = default;

  // A run was accepted: it is durable, and nothing has happened to it yet. On the thread of the
  // call that made it (so several at once), before any event of the run.
  virtual void OnCreated(const v1::Run& run) = 0;

  // `event` is durable, and was not yet sent to watchers. `run` is the run as it stood before it.
  // On the store's thread, one call at a time, in the order in which the events became durable: of
  // a run each event once, without gaps. The run's log is locked meanwhile.
  virtual void OnEvent(const v1::Run& run, const v1::RunEvent& event) = 0;
};

}  // namespace wheelhouse::runs

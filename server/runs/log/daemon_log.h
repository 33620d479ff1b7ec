// Runs in the daemon's own log: each durable event that an operator wants to see, as one line.
#pragma once

#include "server/runs/log/run_observer.h"

namespace wheelhouse::runs {

class DaemonLog final : public RunObserver {
 public:
  void OnCreated(const v1::Run& run) override;
  void OnEvent(const v1::Run& run, const v1::RunEvent& event) override;
};

}  // namespace wheelhouse::runs

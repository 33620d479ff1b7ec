// What one watcher of a run has still to be sent. Guarded by its RunLog.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "server/runs/log/run_log.h"

namespace wheelhouse::runs {

struct RunLog::Watcher {
  explicit Watcher(size_t most) : most(most) {}

  void Add(const v1::RunEvent& event) {
    if (events.size() >= most) {
      overrun = true;
      events.clear();
    }
    if (!overrun) events.push_back(event);
  }

  struct LatestProgress {
    std::optional<v1::Progress> latest;               // not sent yet
    absl::Duration sent = -absl::InfiniteDuration();  // on the steady clock
  };

  const size_t most;
  bool overrun = false;
  std::deque<v1::RunEvent> events;
  std::map<std::string, LatestProgress> progress;  // by chart
};

}  // namespace wheelhouse::runs

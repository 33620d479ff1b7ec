// The lines of the daemon's own log about runs: one for each event that an operator wants to see.
// Each begins with `run ID: `. The lines of what hooks did are their audit: run, principal, and
// what was changed. Lines hold what events hold, which is masked already.
#pragma once

#include <spdlog/common.h>

#include <optional>
#include <string>

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

struct EventLine {
  spdlog::level::level_enum level;
  std::string text;
};

// `before`: the run as it stood when the event came. nullopt: not for the log (output, progress, a
// failure that is reported again with its evidence).
std::optional<EventLine> LineOf(const v1::RunEvent& event, const v1::Run& before);

// The line of a run that was just accepted.
std::string LineOfCreation(const v1::Run& run);

}  // namespace wheelhouse::runs

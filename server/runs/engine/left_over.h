// A run that was left unfinished, as calculations on its picture: how it goes on, and how it ends
// where it cannot.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <vector>

#include "server/runs/engine/run_table.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// Puts `standing`, of a run that was RUNNING, where `picture` stood: what has ended holds no key,
// and is followed by what waited for it. Ends the contexts of `run` by a cancel that the picture
// shows. Returns what follows.
RunTable::ChartEnd PutWhereItStood(const ActiveRun& run, const v1::Run& picture, absl::Time now,
                                   Standing* standing);

// The events that end a run which cannot be taken up: what ran has failed, what waited is skipped.
std::vector<v1::RunEvent> EndOfLeftOver(const v1::Run& picture, const absl::Status& why);

}  // namespace wheelhouse::runs

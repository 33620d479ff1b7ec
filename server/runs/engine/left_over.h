// A run that was left unfinished: how it goes on, or how it ends if it cannot, as calculations on
// its picture.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <vector>

#include "server/runs/engine/run_table.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// Sets `standing` of a run that was RUNNING to what `picture` shows: charts that have ended hold no
// key, and are followed by the charts that waited for them. A cancel, or a newer run that takes
// over, ends the contexts of `run`. Returns what follows.
RunTable::ChartEnd PutWhereItStood(const ActiveRun& run, const v1::Run& picture, absl::Time now,
                                   Standing* standing);

// The events that end a run which cannot be taken up: running charts have failed, pending ones are
// skipped. Their failures name the releases that may have been changed, because nobody undoes it.
std::vector<v1::RunEvent> EndOfLeftOver(const v1::Run& picture, const v1::Failure& why);

// Names a release, NAMESPACE/NAME, as left in whatever state it is in.
void AddLeftRelease(const std::string& release, v1::Failure* failure);

}  // namespace wheelhouse::runs

// Runs as the store knows them.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/runs/log/run_log.h"
#include "server/store/store.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// RUN_NOT_FOUND.
absl::StatusOr<store::StoredRun> LoadRun(store::Store& store, const std::string& run_id);

// The picture of a run: as it ended, or `first` with the events that are stored. `lines` counts the
// lines of output among them; nullptr: not needed.
absl::StatusOr<v1::Run> FoldEvents(store::Store& store, v1::Run first,
                                   LinesWritten* lines = nullptr);

// What is left of a run whose seal cannot be opened.
v1::Run ClearPart(const store::RunRow& row);

// The picture of a stored run, as much of it as can be read. RUN_NOT_FOUND.
absl::StatusOr<v1::Run> StoredPicture(store::Store& store, const std::string& run_id);

}  // namespace wheelhouse::runs

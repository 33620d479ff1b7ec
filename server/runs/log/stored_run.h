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

// What the stored events of a run make of its first picture.
struct FoldedRun {
  v1::Run picture;
  LinesWritten lines;
  bool whole = true;  // else an event is missing or cannot be read
};
absl::StatusOr<FoldedRun> FoldEvents(store::Store& store, v1::Run first);

// What is left of a run whose seal cannot be opened.
v1::Run ClearPart(const store::RunRow& row);

// The picture of a stored run, as much of it as can be read. RUN_NOT_FOUND.
absl::StatusOr<v1::Run> StoredPicture(store::Store& store, const std::string& run_id);

}  // namespace wheelhouse::runs

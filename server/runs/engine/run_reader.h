// Reads runs: one, many, or one as it goes on. Runs that have not ended are read from memory,
// others from the store.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <string>

#include "common/clock.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/log/run_log.h"
#include "server/store/store.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::runs {

// Thread-safe. Has no lock of its own; calls block on the store. What is lent must outlive it.
class RunReader {
 public:
  RunReader(store::Store& store, const RunTable& table, const Clock& clock,
            const WatchOptions& watch)
      : store_(store), table_(table), clock_(clock), watch_(watch) {}

  // RUN_NOT_FOUND.
  absl::StatusOr<v1::Run> Picture(const std::string& run_id);

  // See RunEngine.
  absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest& request);
  absl::StatusOr<std::unique_ptr<RunWatch>> Watch(const std::string& run_id, int64_t after_sequence,
                                                  std::function<void()> wake);

 private:
  store::Store& store_;
  const RunTable& table_;
  const Clock& clock_;
  const WatchOptions watch_;
};

}  // namespace wheelhouse::runs

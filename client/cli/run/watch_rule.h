// When a watch comes back after its stream has ended: the rule in the comment of
// DeployerService.WatchRun, with its numbers.
#pragma once

#include <absl/time/time.h>
#include <grpcpp/support/status.h>

#include <string>

namespace wheelhouse::cli {

inline constexpr absl::Duration kPause = absl::Milliseconds(500);
inline constexpr absl::Duration kGiveUpAfter = absl::Seconds(30);
inline constexpr absl::Duration kSilence = absl::Seconds(45);

// Whether a watcher opens a stream again that ended with `code` and `reason` (empty: none).
// `known`: the run is known to exist. `lost_for`: how long ago the first stream was lost since the
// last event.
bool ComesBack(grpc::StatusCode code, const std::string& reason, bool known,
               absl::Duration lost_for);

}  // namespace wheelhouse::cli

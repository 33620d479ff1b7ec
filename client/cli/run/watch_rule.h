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

// Whether a watcher comes back after a stream that ended with `code` and `reason` (empty: none).
// `known`: the run is known to exist. `lost_for`: the time since a stream was lost, with no event
// since then.
bool ComesBack(grpc::StatusCode code, const std::string& reason, bool known,
               absl::Duration lost_for);

}  // namespace wheelhouse::cli

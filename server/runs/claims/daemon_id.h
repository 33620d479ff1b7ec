// Who a daemon is to other daemons on the same cluster.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::runs {

// The id that is kept in the state directory, whose lock the caller holds; fit for a Lease's name.
// It stays through restarts, so that a daemon takes up its own claims at once. That is sound only
// while the daemon before this one must be dead: the same directory (by its inode, not its path) on
// the same boot of the same kernel, where the lock keeps two daemons apart. A copied or restored
// directory, another machine and a reboot get a new id: there the old one's claims have to expire.
// STORE_UNAVAILABLE.
absl::StatusOr<std::string> DaemonId(const std::string& state_directory);

}  // namespace wheelhouse::runs

// A control group (cgroup v2) for each child, where the system has given this process a subtree of
// its own, as systemd does for units with Delegate=yes. The bounds then hold for a child together
// with all that it starts, and all of it ends at once, including what has left its process group.
//
// https://docs.kernel.org/admin-guide/cgroup-v2.html; how systemd delegates:
// https://systemd.io/CGROUP_DELEGATION.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "common/process/child_limits.h"

namespace wheelhouse {

inline constexpr char kCgroupRoot[] = "/sys/fs/cgroup";

// The group of one child: a folder. Not thread-safe.
class ChildCgroup {
 public:
  explicit ChildCgroup(std::string folder) : folder_(std::move(folder)) {}

  // For the child itself, between fork and exec: what it becomes and starts is in the group.
  absl::Status Enter() const;
  // SIGKILL to all that is in the group.
  void Kill() const;
  // Whether the kernel has killed the group because it needed more memory than it may have.
  bool RanOutOfMemory() const;
  // False while a process that was killed is still ending: try again.
  bool Remove() const;

 private:
  std::string folder_;
};

// The subtree. Made once; then only the supervisor uses it.
class ChildCgroups {
 public:
  // Moves this process into a group `daemon` inside its own, since the kernel allows no processes
  // beside groups that have bounds. Errors, with the reason as words for the log, and nothing
  // moved: FAILED_PRECONDITION, cgroup v2 is not mounted at `root`, or other processes are in this
  // process's group, so that it is somebody else's; PERMISSION_DENIED, it may not be written.
  static absl::StatusOr<ChildCgroups> Take(const std::string& root = kCgroupRoot);

  // The bounds that the system lets us set: of cpu, memory and pids.
  const std::set<std::string>& controllers() const { return controllers_; }

  // A group with these bounds for the child `id`. What a group of that name, left by a supervisor
  // that was killed, still held is killed. Errors: INTERNAL.
  absl::StatusOr<ChildCgroup> Make(int64_t id, const ChildLimits& limits) const;

 private:
  ChildCgroups(std::string folder, std::set<std::string> controllers)
      : folder_(std::move(folder)), controllers_(std::move(controllers)) {}
  // Errors are plain.
  absl::StatusOr<ChildCgroup> MakeBound(const std::string& folder, const ChildLimits& limits) const;

  std::string folder_;
  std::set<std::string> controllers_;
};

}  // namespace wheelhouse

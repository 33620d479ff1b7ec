// The supervisor: a small process, forked before the daemon starts a thread, that spawns every
// child of the daemon in a process group of its own. When a child ends, its group is killed. When
// the daemon's end of the socket closes, however the daemon ended, all descendants are killed,
// including those that left their group. A child started behind a fence (Context) is killed at the
// fence's bound unless the bound has moved, even while the daemon is frozen. (PR_SET_PDEATHSIG
// follows the thread that forked, and misses grandchildren.) With control groups
// (common/process/child_cgroups.h) a child's descendants end with it, wherever they have gone.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "common/process/child_cgroups.h"
#include "common/process/child_limits.h"
#include "common/process/process.h"

namespace wheelhouse {

class ChildStreams;

class Supervisor final : public ProcessRunner {
 public:
  // Forks. Call it at the start of main: the process must have only one thread. With `cgroups` each
  // child has a control group of its own. INTERNAL when the system refuses.
  static absl::StatusOr<std::unique_ptr<Supervisor>> Start(
      std::optional<ChildCgroups> cgroups = std::nullopt);

  // Ends every child that is still running. No Run may be in progress.
  ~Supervisor() override;

  // Of each child that Run starts from now on.
  void Limit(const ChildLimits& limits);

  absl::StatusOr<ProcessResult> Run(const Context& context, const ProcessSpec& spec) override;

 private:
  struct Child;
  struct Ended;
  class Leash;
  Supervisor(int socket, int pid);
  void ReadAnswers();
  absl::StatusOr<std::shared_ptr<Child>> NewChild();
  void Forget(int64_t id);
  absl::Status Spawn(int64_t id, const ProcessSpec& spec, const std::vector<int>& fds,
                     absl::Duration bound);
  static absl::StatusOr<Ended> Await(const Context& context, const std::shared_ptr<Child>& child,
                                     const std::string& program, Leash& leash,
                                     ChildStreams& streams);
  void Signal(int64_t id, int signal);
  void Renew(int64_t id, absl::Duration bound);

  const int socket_;
  const int pid_;
  Mutex mutex_;
  int64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool lost_ ABSL_GUARDED_BY(mutex_) = false;
  ChildLimits limits_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, std::shared_ptr<Child>> children_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

}  // namespace wheelhouse

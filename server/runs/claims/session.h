// Our session on a cluster: the one Lease whose renewals say that this daemon is alive, so that its
// claims count. Whatever relies on claims is behind a fence, whose bound each renewal moves on.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <memory>
#include <string>
#include <vector>

#include "common/boot_clock.h"
#include "common/cancellable_mutex.h"
#include "common/clock.h"
#include "common/fence.h"
#include "server/kube/lease.h"
#include "server/runs/claims/lease_format.h"

namespace wheelhouse::runs {

// The times of a session. Other daemons count it as ended when they have not seen it change for
// `duration`; we count it as lost `margin` earlier: because clocks run at different speeds,
// children take time to be killed, and requests may be in flight.
struct SessionTimes {
  explicit SessionTimes(absl::Duration duration)
      : duration(duration), margin(duration / 4), renew_every(duration / 6) {}
  // The bound of one try: the next renewal must not wait for it.
  Context ForOneTry(const Context& context) const;
  absl::Duration duration;
  absl::Duration margin;
  absl::Duration renew_every;
};

// Thread-safe.
class Session {
 public:
  // All that is lent must outlive it.
  Session(kube::Leases& leases, DaemonIdentity daemon, SessionTimes times, const Clock& clock,
          const BootClock& boot_clock);

  // Opens it unless it is open. Errors as Leases'; CLUSTER_UNREACHABLE when its answers take longer
  // than a session lasts.
  absl::Status Open(const Context& context);

  // One renewal; does nothing when it is not open. What fails is tried again by the next call,
  // until the session is lost: its fences are shut, and it is closed.
  void Renew(const Context& context);

  // Deletes the Lease, unless another has changed it.
  absl::Status End(const Context& context);

  // How often it was opened; 0 while it is not open. Claims that were written in an earlier opening
  // are no longer held, until they are written again.
  int Opening() const;

  // How often it was lost: claims with it, and what was being done behind them.
  int Losses() const;

  // From now on the fence is held for as long as this opening lasts. False when that is over.
  bool Guard(int opening, const std::shared_ptr<Fence>& fence);

 private:
  // `sent`: when the write that counts was sent.
  absl::StatusOr<kube::Lease> WriteFirst(const Context& context, kube::Lease lease,
                                         absl::Duration* sent);
  void Opened(const kube::Lease& lease, absl::Duration sent) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MoveFences() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lose(const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Shut(const std::string& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Loses it when its time is over.
  bool IsOpen() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  kube::Lease NextLease() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  kube::Leases& leases_;
  const DaemonIdentity daemon_;
  const SessionTimes times_;
  const Clock& clock_;
  const BootClock& boot_clock_;

  CancellableMutex writing_;  // one write of the Lease at a time
  mutable Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  int openings_ ABSL_GUARDED_BY(mutex_) = 0;
  int losses_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration bound_ ABSL_GUARDED_BY(mutex_);  // until when it is ours, on boot_clock_
  kube::Lease lease_ ABSL_GUARDED_BY(mutex_);     // as last written
  LeaseTimes lease_times_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<Fence>> fences_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs

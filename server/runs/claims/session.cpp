#include "server/runs/claims/session.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::runs {
namespace {

// A daemon that was frozen meanwhile has its answer too late, though the API server was quick.
constexpr int kTriesToOpen = 3;

}  // namespace

Context SessionTimes::ForOneTry(const Context& context) const {
  return context.WithTimeout(
      renew_every, MakeFailure(Reason::kClusterUnreachable, "the API server does not answer"));
}

Session::Session(kube::Leases& leases, DaemonIdentity daemon, SessionTimes times,
                 const Clock& clock, const BootClock& boot_clock)
    : leases_(leases),
      daemon_(std::move(daemon)),
      times_(times),
      clock_(clock),
      boot_clock_(boot_clock) {}

// Each differs from the one before: that is what others see.
kube::Lease Session::NextLease() {
  kube::Lease next = LeaseOfSession(daemon_, times_.duration, lease_times_.Next(clock_.Now()));
  next.resource_version = lease_.resource_version;
  if (!lease_.acquire_time.empty()) next.acquire_time = lease_.acquire_time;
  return next;
}

bool Session::IsOpen() {
  if (open_ && boot_clock_.Now() >= bound_)
    Lose("it could not be renewed in time, or the daemon stood still");
  return open_;
}

void Session::Lose(const std::string& why) {
  spdlog::warn("the Lease {}/{} is lost: {}", leases_.ns(), lease_.name, why);
  ++losses_;
  Shut(why);
}

void Session::Shut(const std::string& why) {
  open_ = false;
  const absl::Status status = MakeFailure(
      Reason::kLeaseLost, absl::StrCat("the claims of this daemon were lost: its Lease ",
                                       leases_.ns(), "/", lease_.name, ": ", why));
  for (const auto& weak : std::exchange(fences_, {})) {
    if (const auto fence = weak.lock()) fence->Shut(status);
  }
}

void Session::MoveFences() {
  std::erase_if(fences_, [this, bound = bound_](const std::weak_ptr<Fence>& weak) {
    const auto fence = weak.lock();
    if (fence == nullptr) return true;
    if (fence->MoveBound(bound, this)) return false;
    // Its bound has passed in between, though ours has not.
    fence->Shut(fence->Check());
    return true;
  });
}

// Others count from when the server had the write, which is not before it was sent.
void Session::Opened(const kube::Lease& lease, absl::Duration sent) {
  lease_ = lease;
  bound_ = sent + times_.duration - times_.margin;
  open_ = true;
}

absl::Status Session::Open(const Context& context) {
  ASSIGN_OR_RETURN(const CancellableMutex::Held writing, writing_.Lock(context));
  for (int tries = 0; tries < kTriesToOpen; ++tries) {
    kube::Lease wanted;
    {
      MutexLock lock(&mutex_);
      if (IsOpen()) return absl::OkStatus();
      lease_ = {};
      wanted = NextLease();
    }
    absl::Duration sent;
    ASSIGN_OR_RETURN(const kube::Lease written, WriteFirst(context, wanted, &sent));
    MutexLock lock(&mutex_);
    Opened(written, sent);
    ++openings_;
  }
  MutexLock lock(&mutex_);
  if (IsOpen()) return absl::OkStatus();
  return MakeFailure(Reason::kClusterUnreachable,
                     "the API server took longer to answer than a claim lasts");
}

absl::StatusOr<kube::Lease> Session::WriteFirst(const Context& context, kube::Lease lease,
                                                absl::Duration* sent) {
  *sent = boot_clock_.Now();
  absl::StatusOr<kube::Lease> written = leases_.Create(context, lease);
  if (!HasReason(written.status(), Reason::kObjectConflict)) return written;
  // Of a session that was lost, or of the daemon before this one, which is dead (DaemonId).
  ASSIGN_OR_RETURN(const auto found, leases_.Get(context, lease.name));
  if (found.has_value()) lease.resource_version = found->resource_version;
  *sent = boot_clock_.Now();
  return found.has_value() ? leases_.Replace(context, lease) : leases_.Create(context, lease);
}

void Session::Renew(const Context& context) {
  const auto writing = writing_.Lock(context);
  if (!writing.ok()) return;
  kube::Lease wanted;
  {
    MutexLock lock(&mutex_);
    if (!IsOpen()) return;
    wanted = NextLease();
  }
  const absl::Duration sent = boot_clock_.Now();
  const auto written = leases_.Replace(times_.ForOneTry(context), wanted);
  MutexLock lock(&mutex_);
  // An answer that comes too late renews nothing: others may have taken over in between.
  if (!IsOpen()) return;
  if (written.ok()) {
    Opened(*written, sent);
    MoveFences();
  } else if (HasReason(written.status(), Reason::kObjectConflict) ||
             HasReason(written.status(), Reason::kObjectNotFound)) {
    Lose("another has changed or deleted it");
  } else {
    spdlog::warn("the Lease {}/{} cannot be renewed: {}", leases_.ns(), lease_.name,
                 std::string(written.status().message()));
  }
}

absl::Status Session::End(const Context& context) {
  ASSIGN_OR_RETURN(const CancellableMutex::Held writing, writing_.Lock(context));
  kube::Lease last;
  {
    MutexLock lock(&mutex_);
    if (!open_) return absl::OkStatus();
    Shut("it is given back");
    last = lease_;
  }
  return leases_.Delete(context, last);
}

int Session::Losses() const {
  MutexLock lock(&mutex_);
  return losses_;
}

int Session::Opening() const {
  MutexLock lock(&mutex_);
  return open_ && boot_clock_.Now() < bound_ ? openings_ : 0;
}

bool Session::Guard(int opening, const std::shared_ptr<Fence>& fence) {
  MutexLock lock(&mutex_);
  if (!IsOpen() || opening != openings_) return false;
  if (!fence->MoveBound(bound_, this)) return false;
  fences_.push_back(fence);
  return true;
}

}  // namespace wheelhouse::runs

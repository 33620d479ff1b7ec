#include "common/fence.h"

#include <algorithm>
#include <utility>

#include "common/failure.h"

namespace wheelhouse {

absl::Status Fence::CheckLocked() const {
  if (!shut_.ok() || clock_.Now() < bound_) return shut_;
  return MakeFailure(Reason::kLeaseLost,
                     "this daemon's claims on the cluster were not renewed in time");
}

absl::Status Fence::Check() const {
  MutexLock lock(&mutex_);
  return CheckLocked();
}

absl::Status Fence::CheckHeld() const {
  MutexLock lock(&mutex_);
  if (shut_.ok() && bound_ == absl::InfiniteDuration())
    return MakeFailure(Reason::kLeaseLost, "the run does not hold its claims on the cluster");
  return CheckLocked();
}

absl::Duration Fence::Bound() const {
  MutexLock lock(&mutex_);
  return shut_.ok() ? bound_ : absl::ZeroDuration();
}

bool Fence::MoveBound(absl::Duration bound, const void* owner) {
  MutexLock lock(&mutex_);
  if (!CheckLocked().ok()) return false;
  bounds_[owner] = bound;
  bound_ = bound;
  for (const auto& [of, other] : bounds_) bound_ = std::min(bound_, other);
  return true;
}

void Fence::Shut(absl::Status why) {
  {
    MutexLock lock(&mutex_);
    if (shut_.ok()) shut_ = std::move(why);
  }
  source_.request_stop();
}

}  // namespace wheelhouse

#include "server/runs/claims/held_claims.h"

#include <algorithm>

#include "common/clock.h"

namespace wheelhouse::runs {

void HeldClaims::CountTaker(int more) {
  MutexLock lock(&mutex_);
  takers_ += more;
}

bool HeldClaims::Holds(const std::string& run_id, const std::string& key, int opening) const {
  MutexLock lock(&mutex_);
  const auto found = held_.find(key);
  return found != held_.end() && found->second.run_id == run_id && found->second.wanted &&
         opening != 0 && found->second.opening == opening;
}

bool HeldClaims::Unbroken(const std::set<std::string>& keys) const {
  MutexLock lock(&mutex_);
  for (const std::string& key : keys) {
    const auto found = held_.find(key);
    if (found == held_.end() || !found->second.unbroken) return false;
  }
  return true;
}

void HeldClaims::Put(const std::string& key, HeldClaim claim) {
  MutexLock lock(&mutex_);
  held_[key] = std::move(claim);
}

void HeldClaims::Release(const std::string& run_id, const std::set<std::string>& keys) {
  MutexLock lock(&mutex_);
  for (const std::string& key : keys) {
    expected_.erase({run_id, key});
    const auto found = held_.find(key);
    if (found == held_.end() || found->second.run_id != run_id) continue;
    found->second.wanted = false;
    released_ = true;
  }
  changed_.NotifyAll();
}

void HeldClaims::Expect(const std::string& run_id, const std::set<std::string>& keys) {
  MutexLock lock(&mutex_);
  for (const std::string& key : keys) expected_.insert({run_id, key});
}

void HeldClaims::Adopt(const std::string& own_id, const LeasesSeen& seen) {
  MutexLock lock(&mutex_);
  if (std::exchange(adopted_, true)) return;
  for (const auto& [key, lease] : seen.claims) {
    if (lease.holder != own_id) continue;
    const bool expected = expected_.count({RunOf(lease), key}) > 0;
    held_[key] = {RunOf(lease), lease, 0, expected, false};
    released_ |= !expected;
  }
  expected_.clear();
  changed_.NotifyAll();
}

std::map<std::string, kube::Lease> HeldClaims::Released() {
  MutexLock lock(&mutex_);
  released_ = false;
  std::map<std::string, kube::Lease> released;
  for (const auto& [key, held] : held_) {
    if (!held.wanted) released[key] = held.lease;
  }
  return released;
}

void HeldClaims::Drop(const std::string& key, const kube::Lease& lease) {
  MutexLock lock(&mutex_);
  const auto found = held_.find(key);
  if (found != held_.end() && !found->second.wanted &&
      found->second.lease.renew_time == lease.renew_time)
    held_.erase(found);
}

bool HeldClaims::empty() const {
  MutexLock lock(&mutex_);
  return held_.empty();
}

int HeldClaims::Wanted() const {
  MutexLock lock(&mutex_);
  return static_cast<int>(
      std::ranges::count_if(held_, [](const auto& one) { return one.second.wanted; }));
}

bool HeldClaims::Unused() {
  MutexLock lock(&mutex_);
  return std::exchange(unused_, held_.empty() && takers_ == 0) && unused_;
}

bool HeldClaims::Await(absl::Duration due) {
  MutexLock lock(&mutex_);
  while (!closed_ && !released_ && SteadyNow() < due) changed_.WaitFor(&mutex_, due - SteadyNow());
  return !closed_;
}

bool HeldClaims::Close() {
  MutexLock lock(&mutex_);
  changed_.NotifyAll();
  return !std::exchange(closed_, true);
}

}  // namespace wheelhouse::runs

// What this daemon knows of its claims on one cluster: which run holds which key, and what is to be
// given back. Bookkeeping only: it asks nothing of the cluster.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/mutex.h"
#include "server/kube/lease.h"
#include "server/runs/claims/lease_format.h"

namespace wheelhouse::runs {

struct HeldClaim {
  std::string run_id;
  kube::Lease lease;  // without a resource_version where it is not known whether it was written
  int opening = 0;    // of the session in which it was written
  bool wanted = true;
  bool unbroken = false;  // as ClaimGrant's
};

// Thread-safe: each call is atomic, under a lock that nothing else is taken under. Keys as
// ClaimRequest's.
class HeldClaims {
 public:
  // While one lives a run takes claims, so that they are not unused.
  class Taker {
   public:
    explicit Taker(HeldClaims& claims) : claims_(claims) { claims_.CountTaker(1); }
    ~Taker() { claims_.CountTaker(-1); }
    Taker(const Taker&) = delete;
    Taker& operator=(const Taker&) = delete;

   private:
    HeldClaims& claims_;
  };

  // Whether the run holds it by a claim that was written in this opening of the session.
  bool Holds(const std::string& run_id, const std::string& key, int opening) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether all of them are held, and unbroken.
  bool Unbroken(const std::set<std::string>& keys) const ABSL_LOCKS_EXCLUDED(mutex_);

  void Put(const std::string& key, HeldClaim claim) ABSL_LOCKS_EXCLUDED(mutex_);
  // The run does not need them any more.
  void Release(const std::string& run_id, const std::set<std::string>& keys)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // See ClusterClaims::Expect.
  void Expect(const std::string& run_id, const std::set<std::string>& keys)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // What a daemon before this one left under our id. Only the first call does anything.
  void Adopt(const std::string& own_id, const LeasesSeen& seen) ABSL_LOCKS_EXCLUDED(mutex_);

  // Those that are to be given back, by key.
  std::map<std::string, kube::Lease> Released() ABSL_LOCKS_EXCLUDED(mutex_);
  // `lease` was given back; nothing happens where a run of ours has taken it again in between.
  void Drop(const std::string& key, const kube::Lease& lease) ABSL_LOCKS_EXCLUDED(mutex_);

  bool empty() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Those that runs still need.
  int Wanted() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Nothing was held or being taken, at this call and the one before it.
  bool Unused() ABSL_LOCKS_EXCLUDED(mutex_);

  // Blocks until something was released since the last Released(), until `due` on the steady clock
  // or until Close. False after Close.
  bool Await(absl::Duration due) ABSL_LOCKS_EXCLUDED(mutex_);
  // True the first time.
  bool Close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void CountTaker(int more) ABSL_LOCKS_EXCLUDED(mutex_);

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, HeldClaim> held_ ABSL_GUARDED_BY(mutex_);                   // by key
  std::set<std::pair<std::string, std::string>> expected_ ABSL_GUARDED_BY(mutex_);  // run, key
  bool adopted_ ABSL_GUARDED_BY(mutex_) = false;
  int takers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool unused_ ABSL_GUARDED_BY(mutex_) = false;  // at the last call of Unused
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse::runs

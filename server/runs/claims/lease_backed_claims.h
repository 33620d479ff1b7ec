// Claims as Leases on the cluster.
#pragma once

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/kube/lease.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/claims/lease_format.h"
#include "server/runs/claims/session.h"

namespace wheelhouse::runs {

struct LeaseClaimsOptions {
  DaemonIdentity daemon;
  std::string lease_namespace = "wheelhouse-system";
  absl::Duration lease_duration = absl::Seconds(30);
  absl::Duration look_every = absl::Seconds(1);  // while somebody else is waited for
};

class LeaseClaims final : public Claims {
 public:
  // Asks nothing of the cluster yet. All that is lent must outlive it.
  LeaseClaims(LeaseClaimsOptions options, kube::KubeClient& client, const Clock& clock,
              const BootClock& boot_clock);
  ~LeaseClaims() override;

  // From now on a thread calls Tend and GiveBack.
  void Start();

  std::shared_ptr<Fence> NewFence() const override { return std::make_shared<Fence>(boot_clock_); }
  absl::StatusOr<ClaimsTaken> Take(const Context& context, const ClaimWish& wish,
                                   const std::shared_ptr<Fence>& fence,
                                   const OnClaimWait& on_wait) override;
  void Release(const std::string& run_id, const std::set<std::string>& keys) override;
  void Expect(const std::string& run_id, const std::set<std::string>& keys) override;

  // Every SessionTimes::renew_every: renews the session; ends it the second time that it finds it
  // unused.
  void Tend(const Context& context);
  // Deletes the Leases of claims that were released. What fails is left to the next call.
  void GiveBack(const Context& context);

  // Ends the thread. Gives back what was released; what runs still hold stays theirs on the
  // cluster, for the next start, until it expires.
  void Close(absl::Duration within);

 private:
  struct Held {
    std::string run_id;
    kube::Lease lease;  // without a resource_version where it is not known whether it was written
    int opening = 0;    // of the session in which it was written
    bool wanted = true;
    bool unbroken = false;  // as ClaimsTaken's
  };
  struct Attempt {
    bool done = false;
    bool unbroken = false;
    std::vector<v1::ClaimHolder> holders;  // who is in the way
  };

  absl::StatusOr<Attempt> Try(const Context& context, const ClaimWish& wish,
                              const std::shared_ptr<Fence>& fence);
  absl::StatusOr<Attempt> TakeAll(const Context& context, const ClaimWish& wish, int opening,
                                  const std::shared_ptr<Fence>& fence);
  absl::Status CheckRights(const Context& context);
  absl::StatusOr<ClaimsSeen> Look(const Context& context);
  void Adopt(const ClaimsSeen& seen) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Attempt Blocked(const ClaimsSeen& seen, const std::set<std::string>& in_the_way) const;
  absl::Status Write(const Context& context, const ClaimWish& wish, const std::string& key,
                     const ClaimsSeen& seen, int opening);
  bool HeldBy(const std::string& run_id, const std::string& key, int opening);
  bool Unbroken(const ClaimWish& wish);
  absl::Status GiveBackOne(const Context& context, const kube::Lease& lease);
  bool Unused();
  void Loop();

  const LeaseClaimsOptions options_;
  const SessionTimes times_;
  const Clock& clock_;
  const BootClock& boot_clock_;
  kube::KubeClient& client_;
  kube::Leases leases_;
  Session session_;
  const Context scope_ = Context::Background().WithCancel();  // of the thread's calls

  CancellableMutex taking_;  // one attempt at a time; guards sightings_ and rights_known_ too
  Sightings sightings_;
  bool rights_known_ = false;

  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Held> held_ ABSL_GUARDED_BY(mutex_);                        // by key
  std::set<std::pair<std::string, std::string>> expected_ ABSL_GUARDED_BY(mutex_);  // run, key
  bool adopted_ ABSL_GUARDED_BY(mutex_) = false;
  int takers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool unused_ ABSL_GUARDED_BY(mutex_) = false;  // when it was last tended
  bool released_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse::runs

// ClusterClaims as Leases on the cluster.
#pragma once

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/kube/lease.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/claims/held_claims.h"
#include "server/runs/claims/lease_format.h"
#include "server/runs/claims/peers.h"
#include "server/runs/claims/session.h"
#include "server/watchdog/watchdog.h"

namespace wheelhouse::runs {

struct LeaseBackedClaimsOptions {
  DaemonIdentity daemon;
  std::string lease_namespace;  // empty: see ClaimsInNamespaces
  absl::Duration lease_duration;
  absl::Duration look_every = absl::Seconds(1);  // while another daemon is waited for
  Watchdog* watchdog = nullptr;                  // lent: looks at the thread that renews
};

// What a daemon closes when it ends.
class DaemonsClaims : public ClusterClaims {
 public:
  // Ends its threads, and gives back what was released. What runs still hold stays theirs on the
  // cluster, for the next start, until it expires.
  virtual void Close(absl::Duration within) = 0;
  virtual ClaimCounts Counts() = 0;
};

class LeaseBackedClaims final : public DaemonsClaims {
 public:
  // Asks nothing of the cluster yet. All that is lent must outlive it.
  LeaseBackedClaims(LeaseBackedClaimsOptions options, kube::KubeClient& client, const Clock& clock,
                    const BootClock& boot_clock);
  ~LeaseBackedClaims() override;

  // From now on a thread calls Tend and GiveBack.
  void Start();

  std::shared_ptr<Fence> NewFence() const override { return std::make_shared<Fence>(boot_clock_); }
  absl::StatusOr<ClaimGrant> Take(const Context& context, const ClaimRequest& request,
                                  const std::shared_ptr<Fence>& fence,
                                  const OnClaimWait& on_wait) override;
  void Release(const std::string& run_id, const std::set<std::string>& keys) override {
    held_.Release(run_id, keys);
  }
  void Expect(const std::string& run_id, const std::set<std::string>& keys) override {
    held_.Expect(run_id, keys);
  }

  // To be called every SessionTimes::renew_every: renews the session, or ends it the second time
  // that it is found unused.
  void Tend(const Context& context);
  // Deletes the Leases of claims that were released. What fails is left to the next call.
  void GiveBack(const Context& context);

  void Close(absl::Duration within) override;
  ClaimCounts Counts() override { return {held_.Wanted(), session_.Losses()}; }

 private:
  struct Attempt {
    bool done = false;
    bool unbroken = false;
    std::vector<v1::ClaimHolder> holders;  // who is in the way
  };

  absl::StatusOr<Attempt> Try(const Context& context, const ClaimRequest& request, bool is_first,
                              const std::shared_ptr<Fence>& fence);
  absl::StatusOr<Attempt> TakeAll(const Context& context, const ClaimRequest& request,
                                  bool is_first, int opening, const std::shared_ptr<Fence>& fence);
  absl::Status CheckRights(const Context& context);
  // The keys that the run does not hold.
  std::set<std::string> Missing(const ClaimRequest& request, int opening) const;
  // Writes `missing` and looks at the one claim that can be in their way then. False where that is
  // not enough: a key is taken, or the cluster is. What was written stays for TakeAll.
  absl::StatusOr<bool> TakeWithoutList(const Context& context, const ClaimRequest& request,
                                       const std::set<std::string>& missing, int opening);
  absl::StatusOr<LeasesSeen> Look(const Context& context);
  Attempt Blocked(const LeasesSeen& seen, const std::set<std::string>& in_the_way) const;
  absl::Status Write(const Context& context, const ClaimRequest& request, const std::string& key,
                     const LeasesSeen& seen, int opening);
  absl::Status GiveBackOne(const Context& context, const kube::Lease& lease);
  void Loop();

  const LeaseBackedClaimsOptions options_;
  const SessionTimes times_;
  const Clock& clock_;
  const BootClock& boot_clock_;
  kube::KubeClient& client_;
  kube::Leases leases_;
  Session session_;
  const Context scope_ = Context::Background().WithCancel();  // of the thread's calls

  CancellableMutex taking_;  // one attempt at a time; guards the four below too
  PeerSightings peers_;
  LeaseTimes lease_times_;
  bool rights_known_ = false;
  bool has_looked_ = false;

  HeldClaims held_;
  Pulse pulse_;
  std::thread thread_;
};

}  // namespace wheelhouse::runs

// ClusterClaims for credentials that are good for some namespaces only: each namespace's Leases,
// the claim and the session, are in that namespace itself. No claim of the whole cluster can be
// made.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/mutex.h"
#include "server/runs/claims/lease_backed_claims.h"

namespace wheelhouse::runs {

// Several keys are taken one after the other, in the order of their names, as all daemons do, so
// that none waits for another in a circle; what was taken is given back when the rest cannot be. A
// thread for each namespace that was ever claimed.
class ClaimsInNamespaces final : public DaemonsClaims {
 public:
  // As LeaseBackedClaims; `options.lease_namespace` does not count.
  ClaimsInNamespaces(LeaseBackedClaimsOptions options, kube::KubeClient& client, const Clock& clock,
                     const BootClock& boot_clock)
      : options_(std::move(options)), client_(client), clock_(clock), boot_clock_(boot_clock) {}

  std::shared_ptr<Fence> NewFence() const override { return std::make_shared<Fence>(boot_clock_); }
  // PERMISSION_DENIED for the whole cluster.
  absl::StatusOr<ClaimGrant> Take(const Context& context, const ClaimRequest& request,
                                  const std::shared_ptr<Fence>& fence,
                                  const OnClaimWait& on_wait) override;
  void Release(const std::string& run_id, const std::set<std::string>& keys) override;
  void Expect(const std::string& run_id, const std::set<std::string>& keys) override;
  void Close(absl::Duration within) override;
  ClaimCounts Counts() override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<ClaimGrant> TakeEach(const Context& context, const ClaimRequest& request,
                                      const std::shared_ptr<Fence>& fence,
                                      const OnClaimWait& on_wait);
  // Started at the first call; lives as long as this.
  LeaseBackedClaims& In(const std::string& ns) ABSL_LOCKS_EXCLUDED(mutex_);
  // Those of the keys that the run did not hold before, which it is about to.
  std::set<std::string> NotHeld(const ClaimRequest& request) ABSL_LOCKS_EXCLUDED(mutex_);

  const LeaseBackedClaimsOptions options_;
  kube::KubeClient& client_;
  const Clock& clock_;
  const BootClock& boot_clock_;

  Mutex mutex_;
  std::map<std::string, std::unique_ptr<LeaseBackedClaims>> claims_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::set<std::string>> held_ ABSL_GUARDED_BY(mutex_);  // keys, by run
};

}  // namespace wheelhouse::runs

#include "server/runs/claims/claims_in_namespaces.h"

#include <absl/cleanup/cleanup.h>

#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::runs {

LeaseBackedClaims& ClaimsInNamespaces::In(const std::string& ns) {
  MutexLock lock(&mutex_);
  std::unique_ptr<LeaseBackedClaims>& claims = claims_[ns];
  if (claims == nullptr) {
    LeaseBackedClaimsOptions options = options_;
    options.lease_namespace = ns;
    claims = std::make_unique<LeaseBackedClaims>(options, client_, clock_, boot_clock_);
    claims->Start();
  }
  return *claims;
}

std::set<std::string> ClaimsInNamespaces::NotHeld(const ClaimRequest& request) {
  MutexLock lock(&mutex_);
  std::set<std::string> missing;
  for (const std::string& key : request.keys) {
    if (held_[request.run_id].insert(key).second) missing.insert(key);
  }
  return missing;
}

absl::StatusOr<ClaimGrant> ClaimsInNamespaces::Take(const Context& context,
                                                    const ClaimRequest& request,
                                                    const std::shared_ptr<Fence>& fence,
                                                    const OnClaimWait& on_wait) {
  if (request.keys.contains(kWholeCluster)) {
    return MakeFailure(Reason::kPermissionDenied,
                       "an exclusive plan claims the whole cluster, but claims.inReleaseNamespace "
                       "keeps claims in single namespaces: set claims.leaseNamespace instead");
  }
  const std::set<std::string> missing = NotHeld(request);
  auto give_back = absl::MakeCleanup([&] { Release(request.run_id, missing); });
  ASSIGN_OR_RETURN(const ClaimGrant grant, TakeEach(context, request, fence, on_wait));
  std::move(give_back).Cancel();
  return grant;
}

absl::StatusOr<ClaimGrant> ClaimsInNamespaces::TakeEach(const Context& context,
                                                        const ClaimRequest& request,
                                                        const std::shared_ptr<Fence>& fence,
                                                        const OnClaimWait& on_wait) {
  ClaimGrant all{.unbroken = true};
  const auto take = [&](const std::string& key,
                        const std::shared_ptr<Fence>& behind) -> absl::Status {
    ClaimRequest one = request;
    one.keys = {key};
    ASSIGN_OR_RETURN(const ClaimGrant grant, In(key).Take(context, one, behind, on_wait));
    all.waited |= grant.waited;
    all.unbroken &= grant.unbroken;
    return absl::OkStatus();
  };
  // The fence must not be held by some of them only: each is taken behind a fence of its own first,
  // unless there is but one.
  for (const std::string& key : request.keys) {
    if (request.keys.size() > 1) RETURN_IF_ERROR(take(key, NewFence()));
  }
  for (const std::string& key : request.keys) {
    absl::Status taken = take(key, fence);
    if (taken.ok()) continue;
    // One that was lost since: whatever is behind the fence begins anew.
    if (request.keys.size() > 1) fence->Shut(taken);
    return taken;
  }
  all.unbroken &= !all.waited;
  return all;
}

void ClaimsInNamespaces::Release(const std::string& run_id, const std::set<std::string>& keys) {
  {
    MutexLock lock(&mutex_);
    const auto held = held_.find(run_id);
    if (held != held_.end()) {
      for (const std::string& key : keys) held->second.erase(key);
      if (held->second.empty()) held_.erase(held);
    }
  }
  for (const std::string& key : keys) {
    if (key != kWholeCluster) In(key).Release(run_id, {key});
  }
}

void ClaimsInNamespaces::Expect(const std::string& run_id, const std::set<std::string>& keys) {
  for (const std::string& key : keys) {
    if (key != kWholeCluster) In(key).Expect(run_id, {key});
  }
}

ClaimCounts ClaimsInNamespaces::Counts() {
  ClaimCounts all;
  MutexLock lock(&mutex_);
  for (const auto& [ns, claims] : claims_) {
    const ClaimCounts one = claims->Counts();
    all.held += one.held;
    all.lost += one.lost;
  }
  return all;
}

void ClaimsInNamespaces::Close(absl::Duration within) {
  std::vector<LeaseBackedClaims*> all;
  {
    MutexLock lock(&mutex_);
    for (const auto& [ns, claims] : claims_) all.push_back(claims.get());
  }
  const absl::Time end = absl::Now() + within;
  for (LeaseBackedClaims* claims : all)
    claims->Close(std::max(end - absl::Now(), absl::ZeroDuration()));
}

}  // namespace wheelhouse::runs

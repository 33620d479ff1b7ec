// Claims between daemons: a claim is on the cluster what a key is in this daemon's queue. There is
// one object for each cluster. The engine takes a chart's claims just before its first change, and
// gives them back when the last chart that needs them has ended. The rules are in
// server/runs/README.md.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/fence.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// The key of an exclusive run: every namespace.
inline constexpr char kWholeCluster[] = "*";

struct ClaimRequest {
  std::string run_id;
  std::string caller;
  std::set<std::string> keys;  // namespaces; or kWholeCluster alone
  // The run has begun to change something: an API server that cannot be reached is waited for.
  bool patient = false;
};

struct ClaimGrant {
  // Another daemon was waited for.
  bool waited = false;
  // The run has held all of them since it first took them, even if the daemon was restarted: nobody
  // else can have held them in between.
  bool unbroken = false;
};

// How the claims on a cluster stand.
struct ClaimCounts {
  int held = 0;  // that runs need now
  int lost = 0;  // times that all of them were, since the daemon's start
};

// Called on the thread that takes the claims, whenever the holders that it waits for have changed.
using OnClaimWait = std::function<void(const std::vector<v1::ClaimHolder>& holders)>;

// Thread-safe.
class ClusterClaims {
 public:
  virtual ~ClusterClaims() = default;

  // Open, and not held (see Fence::CheckHeld) until Take has succeeded with it.
  virtual std::shared_ptr<Fence> NewFence() const = 0;

  // Takes all the keys for the run, waiting within `context` until that is possible; until then it
  // holds none. From then on `fence` is held for as long as the claims are. It is shut when they
  // are lost; they have to be taken again with another fence. Errors: what ended `context`;
  // CLUSTER_UNREACHABLE, CREDENTIALS_INVALID; PERMISSION_DENIED says what to grant.
  virtual absl::StatusOr<ClaimGrant> Take(const Context& context, const ClaimRequest& request,
                                          const std::shared_ptr<Fence>& fence,
                                          const OnClaimWait& on_wait) = 0;

  // The run needs them no longer. Does not block: they are given back soon.
  virtual void Release(const std::string& run_id, const std::set<std::string>& keys) = 0;

  // The run was left by the previous daemon: claims of these keys stay its own until they are taken
  // again or released. To be called before the first Take, which looks for what was left.
  virtual void Expect(const std::string& run_id, const std::set<std::string>& keys) = 0;
};

// By the name of their cluster; lent. On a cluster without any this daemon is alone.
using ClaimsByCluster = std::map<std::string, ClusterClaims*>;

}  // namespace wheelhouse::runs

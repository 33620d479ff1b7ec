// Claims between daemons: what a key is in this daemon's queue, a claim is on the cluster. One
// object for each cluster. The engine takes a chart's claims just before its first change and gives
// them back when the last chart that needs them has ended; server/runs/README.md tells the rules.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
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

struct ClaimWish {
  std::string run_id;
  std::string caller;
  std::set<std::string> keys;  // namespaces; or kWholeCluster alone
  // The run has begun to change something: an API server that is away is waited for.
  bool patient = false;
};

struct ClaimsTaken {
  // Somebody else was waited for.
  bool waited = false;
  // The run has held all of them since it took them first, be it through a restart of the daemon:
  // nobody else can have held them in between.
  bool unbroken = false;
};

// Called on the thread that takes the claims, when those whom it waits for have changed.
using OnClaimWait = std::function<void(const std::vector<v1::ClaimHolder>& holders)>;

// Thread-safe.
class Claims {
 public:
  virtual ~Claims() = default;

  // Open, and not held (Fence::CheckHeld) until Take has put it under claims.
  virtual std::shared_ptr<Fence> NewFence() const = 0;

  // Takes all the keys for the run, or none and waits until it can, within `context`. From then on
  // `fence` is held for as long as the claims are, and is shut when they are lost: then they are to
  // be taken again with another one. Errors: what ended `context`; CLUSTER_UNREACHABLE,
  // CREDENTIALS_INVALID; PERMISSION_DENIED tells what to grant.
  virtual absl::StatusOr<ClaimsTaken> Take(const Context& context, const ClaimWish& wish,
                                           const std::shared_ptr<Fence>& fence,
                                           const OnClaimWait& on_wait) = 0;

  // The run does not need them any more. Does not block: they are given back soon.
  virtual void Release(const std::string& run_id, const std::set<std::string>& keys) = 0;

  // A run that the daemon before this one left: claims of these keys stay its own until they are
  // taken again or released. It counts before the first Take; later the cluster tells nothing new.
  virtual void Expect(const std::string& run_id, const std::set<std::string>& keys) = 0;
};

}  // namespace wheelhouse::runs

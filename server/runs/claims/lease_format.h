// How sessions and claims are written into Leases, and read from them. A daemon has one session
// Lease on a cluster while it holds claims there, and renews it. A claim is a Lease that names the
// daemon; it is not renewed itself, and counts for as long as the daemon's session does.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/kube/lease.h"
#include "server/runs/claims/cluster_claims.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// The label of all these Leases; its value is `session` or `claim`.
inline constexpr char kLeaseLabel[] = "wheelhouse-lease";

// Who we are to other daemons.
struct DaemonIdentity {
  std::string id;    // DaemonId
  std::string host;  // for people
};

// The times that a daemon writes Leases with, in microseconds as Leases have them. No two are the
// same, and none is earlier than the one before, though the clock stands still or is set back: by
// its time a Lease is known to be the one that was written. Not thread-safe.
class LeaseTimes {
 public:
  absl::Time Next(absl::Time now);

 private:
  absl::Time last_ = absl::InfinitePast();
};

kube::Lease LeaseOfSession(const DaemonIdentity& daemon, absl::Duration duration, absl::Time now);
kube::Lease LeaseOfClaim(const DaemonIdentity& daemon, const ClaimRequest& request,
                         const std::string& key, absl::Duration duration, absl::Time now);
// The Lease's name for a key.
std::string ClaimName(const std::string& key);
std::string RunOf(const kube::Lease& claim);
// Marks the claim of a run that had begun before it took this one: in between others may have held
// the key. The mark stays for as long as the run has the claim, whichever daemon finds it.
void MarkBroken(kube::Lease& claim);
bool IsBroken(const kube::Lease& claim);
v1::ClaimHolder HolderOf(const std::string& key, const kube::Lease& claim);

// All of them on a cluster, at one moment.
struct LeasesSeen {
  std::map<std::string, kube::Lease> claims;    // by key
  std::map<std::string, kube::Lease> sessions;  // by daemon
};

LeasesSeen ReadLeases(const std::vector<kube::Lease>& leases);

}  // namespace wheelhouse::runs

// How sessions and claims stand on the cluster, and what a list of them says. Every daemon has one
// session Lease there while it holds claims, and renews it; a claim is a Lease that names the
// daemon, and counts as long as the daemon's session is renewed. Claims themselves are not renewed.
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

// Of all Leases of ours.
inline constexpr char kClaimSelector[] = "wheelhouse-lease";

// Who we are to other daemons.
struct DaemonIdentity {
  std::string id;    // DaemonId
  std::string host;  // for people
};

kube::Lease SessionLease(const DaemonIdentity& daemon, absl::Duration duration, absl::Time now);
kube::Lease ClaimLease(const DaemonIdentity& daemon, const ClaimWish& wish, const std::string& key,
                       absl::Duration duration, absl::Time now);
std::string RunOf(const kube::Lease& claim);
v1::ClaimHolder HolderOf(const std::string& key, const kube::Lease& claim);

// As of one moment.
struct ClaimsSeen {
  std::map<std::string, kube::Lease> claims;    // by key
  std::map<std::string, kube::Lease> sessions;  // by daemon
};

ClaimsSeen SortLeases(const std::vector<kube::Lease>& leases);

// Which other daemons live: those whose session was seen to change within the duration that stands
// in it, by our own clock. Clocks of two machines are never compared: what stands in a Lease as a
// time is only seen to change. Used by one thread at a time.
class Sightings {
 public:
  // What a list showed that was asked for at `begun` and had come at `come` (CLOCK_BOOTTIME).
  void Note(const ClaimsSeen& seen, absl::Duration begun, absl::Duration come);

  // Of a daemon that the newest list named, as a session or as the holder of a claim.
  bool Lives(const std::string& daemon) const;

 private:
  struct Sighting {
    std::string mark;                                 // what changes when the session is renewed
    absl::Duration since;                             // when it was first seen so, at the latest
    absl::Duration unchanged = absl::ZeroDuration();  // at the least
    absl::Duration duration;
  };
  std::map<std::string, Sighting> sightings_;
};

// The keys of claims that keep `keys` from being taken: held by another daemon that lives. One for
// the whole cluster is in the way of every key, and every key in its way.
std::set<std::string> InTheWay(const ClaimsSeen& seen, const Sightings& sightings,
                               const std::string& own_id, const std::set<std::string>& keys);

}  // namespace wheelhouse::runs

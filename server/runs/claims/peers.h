// The other daemons on the cluster, as their Leases show them.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>

#include "server/runs/claims/lease_format.h"

namespace wheelhouse::runs {

// Which other daemons are alive: those whose session was seen to change, by our own clock, within
// the duration that is written in it. Clocks of two machines are never compared: of a time in a
// Lease it only counts that it changes. For use by one thread at a time.
class PeerSightings {
 public:
  // What was listed by a request that was sent at `begun` and answered at `come` (CLOCK_BOOTTIME).
  void Note(const LeasesSeen& seen, absl::Duration begun, absl::Duration come);

  // Whether a daemon is alive that the newest list named, by its session or as a claim's holder.
  bool IsAlive(const std::string& daemon) const;

 private:
  struct Sighting {
    std::string mark;                                 // what changes when the session is renewed
    absl::Duration since;                             // when it was first seen so, at the latest
    absl::Duration unchanged = absl::ZeroDuration();  // at the least
    absl::Duration duration;
  };
  std::map<std::string, Sighting> sightings_;
};

// The keys of claims that keep `keys` from being taken, because another daemon holds them that is
// alive. A claim of the whole cluster is in the way of every key, and every key is in its way.
std::set<std::string> InTheWay(const LeasesSeen& seen, const PeerSightings& sightings,
                               const std::string& own_id, const std::set<std::string>& keys);

}  // namespace wheelhouse::runs

#include "server/runs/claims/peers.h"

#include <algorithm>
#include <utility>

namespace wheelhouse::runs {

void PeerSightings::Note(const LeasesSeen& seen, absl::Duration begun, absl::Duration come) {
  std::map<std::string, Sighting> now;
  for (const auto& [daemon, session] : seen.sessions)
    now[daemon] = {session.renew_time, come, absl::ZeroDuration(), session.duration};
  // A session that is gone, though claims name it, may have been deleted under a daemon that lives.
  for (const auto& [key, claim] : seen.claims)
    now.insert({claim.holder, {"", come, absl::ZeroDuration(), claim.duration}});
  for (auto& [daemon, sighting] : now) {
    const auto before = sightings_.find(daemon);
    if (before == sightings_.end() || before->second.mark != sighting.mark) continue;
    sighting.since = before->second.since;
    sighting.unchanged = begun - sighting.since;
  }
  sightings_ = std::move(now);
}

bool PeerSightings::IsAlive(const std::string& daemon) const {
  const auto found = sightings_.find(daemon);
  return found != sightings_.end() &&
         found->second.unchanged < std::max(found->second.duration, absl::Seconds(1));
}

std::set<std::string> InTheWay(const LeasesSeen& seen, const PeerSightings& sightings,
                               const std::string& own_id, const std::set<std::string>& keys) {
  std::set<std::string> in_the_way;
  for (const auto& [key, claim] : seen.claims) {
    const bool meets = keys.count(key) > 0 || key == kWholeCluster || keys.count(kWholeCluster) > 0;
    const bool foreign = !claim.holder.empty() && claim.holder != own_id;
    if (meets && foreign && sightings.IsAlive(claim.holder)) in_the_way.insert(key);
  }
  return in_the_way;
}

}  // namespace wheelhouse::runs

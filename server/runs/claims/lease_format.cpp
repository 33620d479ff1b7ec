#include "server/runs/claims/lease_format.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "common/utf8.h"

namespace wheelhouse::runs {
namespace {

// A namespace's name is a DNS label: with these before it, it is fit for a Lease's, and no two keys
// share one.
constexpr char kSessionPrefix[] = "session.";
constexpr char kNamespacePrefix[] = "namespace.";
constexpr char kClusterName[] = "cluster";

constexpr char kHost[] = "wheelhouse-host";
constexpr char kRun[] = "wheelhouse-run";
constexpr char kCaller[] = "wheelhouse-caller";

kube::Lease NewLease(const DaemonIdentity& daemon, const char* kind, absl::Duration duration,
                     absl::Time now) {
  kube::Lease lease;
  lease.holder = daemon.id;
  lease.duration = duration;
  lease.acquire_time = lease.renew_time = kube::MicroTime(now);
  lease.labels = {{"app.kubernetes.io/managed-by", "wheelhouse"}, {kClaimSelector, kind}};
  lease.annotations[kHost] = ValidUtf8(daemon.host);
  return lease;
}

std::string Annotation(const kube::Lease& lease, const char* name) {
  const auto found = lease.annotations.find(name);
  return found == lease.annotations.end() ? "" : found->second;
}

}  // namespace

kube::Lease SessionLease(const DaemonIdentity& daemon, absl::Duration duration, absl::Time now) {
  kube::Lease lease = NewLease(daemon, "session", duration, now);
  lease.name = kSessionPrefix + daemon.id;
  return lease;
}

kube::Lease ClaimLease(const DaemonIdentity& daemon, const ClaimWish& wish, const std::string& key,
                       absl::Duration duration, absl::Time now) {
  kube::Lease lease = NewLease(daemon, "claim", duration, now);
  lease.name = key == kWholeCluster ? kClusterName : kNamespacePrefix + key;
  lease.annotations[kRun] = wish.run_id;
  lease.annotations[kCaller] = ValidUtf8(wish.caller);
  return lease;
}

std::string RunOf(const kube::Lease& claim) { return Annotation(claim, kRun); }

v1::ClaimHolder HolderOf(const std::string& key, const kube::Lease& claim) {
  v1::ClaimHolder holder;
  holder.set_namespace_(key);
  holder.set_daemon(claim.holder);
  holder.set_host(Annotation(claim, kHost));
  holder.set_run_id(RunOf(claim));
  holder.set_caller(Annotation(claim, kCaller));
  if (const auto since = kube::ReadMicroTime(claim.acquire_time); since.has_value())
    holder.mutable_since()->set_seconds(absl::ToUnixSeconds(*since));
  return holder;
}

ClaimsSeen SortLeases(const std::vector<kube::Lease>& leases) {
  ClaimsSeen seen;
  for (const kube::Lease& lease : leases) {
    absl::string_view name = lease.name;
    if (absl::ConsumePrefix(&name, kSessionPrefix)) {
      seen.sessions[std::string(name)] = lease;
    } else if (absl::ConsumePrefix(&name, kNamespacePrefix)) {
      seen.claims[std::string(name)] = lease;
    } else if (name == kClusterName) {
      seen.claims[kWholeCluster] = lease;
    }
  }
  return seen;
}

void Sightings::Note(const ClaimsSeen& seen, absl::Duration begun, absl::Duration come) {
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

bool Sightings::Lives(const std::string& daemon) const {
  const auto found = sightings_.find(daemon);
  return found != sightings_.end() &&
         found->second.unchanged < std::max(found->second.duration, absl::Seconds(1));
}

std::set<std::string> InTheWay(const ClaimsSeen& seen, const Sightings& sightings,
                               const std::string& own_id, const std::set<std::string>& keys) {
  std::set<std::string> in_the_way;
  for (const auto& [key, claim] : seen.claims) {
    const bool meets = keys.count(key) > 0 || key == kWholeCluster || keys.count(kWholeCluster) > 0;
    const bool foreign = !claim.holder.empty() && claim.holder != own_id;
    if (meets && foreign && sightings.Lives(claim.holder)) in_the_way.insert(key);
  }
  return in_the_way;
}

}  // namespace wheelhouse::runs

#include "server/runs/claims/lease_format.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "common/time.h"
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
constexpr char kBroken[] = "wheelhouse-broken";

kube::Lease NewLease(const DaemonIdentity& daemon, const char* kind, absl::Duration duration,
                     absl::Time now) {
  kube::Lease lease;
  lease.holder = daemon.id;
  lease.duration = duration;
  lease.acquire_time = lease.renew_time = kube::MicroTime(now);
  lease.labels = {{"app.kubernetes.io/managed-by", "wheelhouse"}, {kLeaseLabel, kind}};
  lease.annotations[kHost] = ValidUtf8(daemon.host);
  return lease;
}

std::string Annotation(const kube::Lease& lease, const char* name) {
  const auto found = lease.annotations.find(name);
  return found == lease.annotations.end() ? "" : found->second;
}

}  // namespace

kube::Lease LeaseOfSession(const DaemonIdentity& daemon, absl::Duration duration, absl::Time now) {
  kube::Lease lease = NewLease(daemon, "session", duration, now);
  lease.name = kSessionPrefix + daemon.id;
  return lease;
}

kube::Lease LeaseOfClaim(const DaemonIdentity& daemon, const ClaimRequest& request,
                         const std::string& key, absl::Duration duration, absl::Time now) {
  kube::Lease lease = NewLease(daemon, "claim", duration, now);
  lease.name = ClaimName(key);
  lease.annotations[kRun] = request.run_id;
  lease.annotations[kCaller] = ValidUtf8(request.caller);
  return lease;
}

absl::Time LeaseTimes::Next(absl::Time now) {
  const absl::Time micros = absl::FromUnixMicros(absl::ToUnixMicros(now));
  return last_ = std::max(micros, last_ + absl::Microseconds(1));
}

std::string ClaimName(const std::string& key) {
  return key == kWholeCluster ? kClusterName : kNamespacePrefix + key;
}

std::string RunOf(const kube::Lease& claim) { return Annotation(claim, kRun); }

void MarkBroken(kube::Lease& claim) { claim.annotations[kBroken] = "true"; }

bool IsBroken(const kube::Lease& claim) { return Annotation(claim, kBroken) == "true"; }

v1::ClaimHolder HolderOf(const std::string& key, const kube::Lease& claim) {
  v1::ClaimHolder holder;
  holder.set_namespace_(key);
  holder.set_daemon(claim.holder);
  holder.set_host(Annotation(claim, kHost));
  holder.set_run_id(RunOf(claim));
  holder.set_caller(Annotation(claim, kCaller));
  if (const auto since = kube::ReadMicroTime(claim.acquire_time); since.has_value())
    *holder.mutable_since() = ToProto(*since);
  return holder;
}

LeasesSeen ReadLeases(const std::vector<kube::Lease>& leases) {
  LeasesSeen seen;
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

}  // namespace wheelhouse::runs

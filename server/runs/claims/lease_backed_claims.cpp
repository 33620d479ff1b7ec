#include "server/runs/claims/lease_backed_claims.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::runs {
namespace {

std::string TextOf(const std::vector<v1::ClaimHolder>& holders) {
  std::string text;
  for (const v1::ClaimHolder& holder : holders)
    absl::StrAppend(&text, holder.SerializeAsString(), "\n");
  return text;
}

bool MovedOn(const absl::Status& status) {
  return HasReason(status, Reason::kObjectConflict) || HasReason(status, Reason::kObjectNotFound);
}

}  // namespace

LeaseBackedClaims::LeaseBackedClaims(LeaseBackedClaimsOptions options, kube::KubeClient& client,
                                     const Clock& clock, const BootClock& boot_clock)
    : options_(std::move(options)),
      times_(options_.lease_duration),
      clock_(clock),
      boot_clock_(boot_clock),
      client_(client),
      leases_(client, options_.lease_namespace),
      session_(leases_, options_.daemon, times_, clock, boot_clock),
      // It renews, gives back and ends the session, each of them within ForOneTry.
      pulse_(options_.watchdog, absl::StrCat("claims in ", options_.lease_namespace),
             absl::Seconds(30) + 3 * times_.renew_every) {}

LeaseBackedClaims::~LeaseBackedClaims() { Close(absl::ZeroDuration()); }

void LeaseBackedClaims::Start() {
  thread_ = std::thread([this] { Loop(); });
}

absl::StatusOr<ClaimGrant> LeaseBackedClaims::Take(const Context& context,
                                                   const ClaimRequest& request,
                                                   const std::shared_ptr<Fence>& fence,
                                                   const OnClaimWait& on_wait) {
  const HeldClaims::Taker taker(held_);
  ClaimGrant taken;
  std::string reported;
  for (bool is_first = true;; is_first = false) {
    absl::StatusOr<Attempt> attempt = Try(context, request, is_first, fence);
    RETURN_IF_ERROR(context.Check());
    if (request.patient && HasReason(attempt.status(), Reason::kClusterUnreachable)) {
      attempt = Attempt();
    }
    RETURN_IF_ERROR(attempt.status());
    if (attempt->done) {
      taken.unbroken = attempt->unbroken && !taken.waited;
      return taken;
    }
    const bool blocked = !attempt->holders.empty();
    taken.waited |= blocked;
    if (const std::string text = TextOf(attempt->holders); blocked && text != reported) {
      on_wait(attempt->holders);
      reported = text;
    }
    RETURN_IF_ERROR(context.Sleep(blocked ? options_.look_every : options_.look_every / 10));
  }
}

// One attempt. Neither done nor with holders: another daemon came in between; to be tried again.
absl::StatusOr<LeaseBackedClaims::Attempt> LeaseBackedClaims::Try(
    const Context& context, const ClaimRequest& request, bool is_first,
    const std::shared_ptr<Fence>& fence) {
  ASSIGN_OR_RETURN(const CancellableMutex::Held taking, taking_.Lock(context));
  RETURN_IF_ERROR(CheckRights(context));
  RETURN_IF_ERROR(session_.Open(context));
  const int opening = session_.Opening();
  const bool all_held = std::ranges::all_of(request.keys, [&](const std::string& key) {
    return held_.Holds(request.run_id, key, opening);
  });
  // Whoever waits for the whole cluster waits for those that hold something, never they for it.
  if (!all_held || request.keys.count(kWholeCluster) > 0)
    return TakeAll(context, request, is_first, opening, fence);
  Attempt attempt;
  attempt.done = session_.Guard(opening, fence);
  attempt.unbroken = held_.Unbroken(request.keys);
  return attempt;
}

absl::StatusOr<LeaseBackedClaims::Attempt> LeaseBackedClaims::TakeAll(
    const Context& context, const ClaimRequest& request, bool is_first, int opening,
    const std::shared_ptr<Fence>& fence) {
  const bool whole = request.keys.count(kWholeCluster) > 0;
  std::set<std::string> missing = Missing(request, opening);
  // All or none. Of a session that was lost some may be left.
  bool keep = false;
  const auto undo = absl::MakeCleanup([&] {
    if (!keep) held_.Release(request.run_id, missing);
  });
  const auto taken = [&] {
    Attempt attempt;
    attempt.done = session_.Guard(opening, fence);
    attempt.unbroken = held_.Unbroken(request.keys);
    keep |= attempt.done;
    return attempt;
  };
  // Before the first list it is not known what an earlier daemon has left under our id.
  const bool without_list = is_first && !whole && has_looked_;
  if (without_list) {
    ASSIGN_OR_RETURN(const bool all, TakeWithoutList(context, request, missing, opening));
    if (all) return taken();
  }
  ASSIGN_OR_RETURN(LeasesSeen seen, Look(context));
  if (!without_list) missing = Missing(request, opening);
  std::set<std::string> in_the_way = InTheWay(seen, peers_, options_.daemon.id, request.keys);
  if (whole ? in_the_way.count(kWholeCluster) > 0 : !in_the_way.empty())
    return Blocked(seen, in_the_way);
  for (const std::string& key : missing) {
    if (held_.Holds(request.run_id, key, opening)) continue;  // as TakeWithoutList left it
    const absl::Status status = Write(context, request, key, seen, opening);
    if (MovedOn(status)) return Attempt();
    RETURN_IF_ERROR(status);
  }
  // Whoever wants the whole cluster and whoever wants a namespace both write first, and look then:
  // one of them sees the other. The whole cluster's claim stays, so that no new ones come.
  if (!missing.empty()) {
    ASSIGN_OR_RETURN(seen, Look(context));
    in_the_way = InTheWay(seen, peers_, options_.daemon.id, request.keys);
  }
  keep = whole;
  if (!in_the_way.empty()) return Blocked(seen, in_the_way);
  return taken();
}

std::set<std::string> LeaseBackedClaims::Missing(const ClaimRequest& request, int opening) const {
  std::set<std::string> missing;
  for (const std::string& key : request.keys) {
    if (!held_.Holds(request.run_id, key, opening)) missing.insert(key);
  }
  return missing;
}

absl::StatusOr<bool> LeaseBackedClaims::TakeWithoutList(const Context& context,
                                                        const ClaimRequest& request,
                                                        const std::set<std::string>& missing,
                                                        int opening) {
  for (const std::string& key : missing) {
    const absl::Status written = Write(context, request, key, LeasesSeen(), opening);
    if (MovedOn(written)) return false;
    RETURN_IF_ERROR(written);
  }
  ASSIGN_OR_RETURN(const auto whole, leases_.Get(context, ClaimName(kWholeCluster)));
  return !whole.has_value();
}

absl::Status LeaseBackedClaims::CheckRights(const Context& context) {
  if (rights_known_) return absl::OkStatus();
  std::vector<std::string> missing;
  for (const char* verb : {"get", "list", "create", "update", "delete"}) {
    ASSIGN_OR_RETURN(const bool may, client_.MayI(context, {verb, "coordination.k8s.io", "leases",
                                                            options_.lease_namespace, ""}));
    if (!may) missing.emplace_back(verb);
  }
  rights_known_ = missing.empty();
  if (rights_known_) return absl::OkStatus();
  return MakeFailure(
      Reason::kPermissionDenied,
      absl::StrCat("claims are Leases, and the daemon's account may not ",
                   absl::StrJoin(missing, ", "), " leases.coordination.k8s.io in the namespace ",
                   options_.lease_namespace,
                   ": grant get, list, create, update and delete there; or set claims.off in "
                   "wheelhoused.yaml, where no other daemon deploys to this cluster"),
      {{"verb", missing.front()},
       {"resource", "leases.coordination.k8s.io"},
       {"namespace", options_.lease_namespace}});
}

absl::StatusOr<LeasesSeen> LeaseBackedClaims::Look(const Context& context) {
  const absl::Duration begun = boot_clock_.Now();
  ASSIGN_OR_RETURN(const auto leases, leases_.List(context, kLeaseLabel));
  LeasesSeen seen = ReadLeases(leases);
  peers_.Note(seen, begun, boot_clock_.Now());
  held_.Adopt(options_.daemon.id, seen);
  has_looked_ = true;
  return seen;
}

LeaseBackedClaims::Attempt LeaseBackedClaims::Blocked(
    const LeasesSeen& seen, const std::set<std::string>& in_the_way) const {
  Attempt attempt;
  for (const std::string& key : in_the_way)
    attempt.holders.push_back(HolderOf(key, seen.claims.at(key)));
  return attempt;
}

absl::Status LeaseBackedClaims::Write(const Context& context, const ClaimRequest& request,
                                      const std::string& key, const LeasesSeen& seen, int opening) {
  const absl::Time now = lease_times_.Next(clock_.Now());
  HeldClaim held{request.run_id, LeaseOfClaim(options_.daemon, request, key, times_.duration, now),
                 opening};
  const auto found = seen.claims.find(key);
  const bool ours = found != seen.claims.end() && found->second.holder == options_.daemon.id &&
                    RunOf(found->second) == request.run_id;
  // A claim that is found may have been written by this run's last attempt, or by the daemon before
  // a restart, when it was broken already.
  held.unbroken = ours && !IsBroken(found->second);
  if (ours) held.lease.acquire_time = found->second.acquire_time;
  if (ours ? IsBroken(found->second) : request.patient) MarkBroken(held.lease);
  if (found != seen.claims.end()) held.lease.resource_version = found->second.resource_version;
  const auto written = found == seen.claims.end() ? leases_.Create(context, held.lease)
                                                  : leases_.Replace(context, held.lease);
  if (MovedOn(written.status())) return written.status();
  if (written.ok()) {
    held.lease = *written;
  } else {
    held.lease.resource_version.clear();
  }
  held_.Put(key, std::move(held));
  return written.status();
}

// Where the answer to the write was lost, it may have been done, or what it was to replace is still
// there.
absl::Status LeaseBackedClaims::GiveBackOne(const Context& context, const kube::Lease& lease) {
  if (!lease.resource_version.empty()) return leases_.Delete(context, lease);
  ASSIGN_OR_RETURN(const auto found, leases_.Get(context, lease.name));
  const bool ours =
      found.has_value() && found->holder == lease.holder && found->renew_time <= lease.renew_time;
  return ours ? leases_.Delete(context, *found) : absl::OkStatus();
}

void LeaseBackedClaims::GiveBack(const Context& unbounded) {
  const Context context = times_.ForOneTry(unbounded);
  for (const auto& [key, lease] : held_.Released()) {
    const absl::Status given = GiveBackOne(context, lease);
    // In a conflict another daemon has taken it over: it is not ours to delete.
    if (!given.ok() && !HasReason(given, Reason::kObjectConflict)) {
      spdlog::warn("the Lease {}/{} cannot be given back: {}", leases_.ns(), lease.name,
                   std::string(given.message()));
      continue;
    }
    held_.Drop(key, lease);
  }
}

void LeaseBackedClaims::Tend(const Context& context) {
  session_.Renew(context);
  GiveBack(context);
  if (!held_.Unused()) return;
  const absl::Status ended = session_.End(times_.ForOneTry(context));
  if (!ended.ok())
    spdlog::warn("the session's Lease cannot be deleted: {}", std::string(ended.message()));
}

void LeaseBackedClaims::Loop() {
  absl::Duration due = SteadyNow() + times_.renew_every;
  while (held_.Await(std::min(due, SteadyNow() + kBeatEvery))) {
    pulse_.Beat();
    if (SteadyNow() >= due) {
      due = SteadyNow() + times_.renew_every;
      Tend(scope_);
    } else {
      GiveBack(scope_);
    }
  }
  pulse_.Rest();
}

void LeaseBackedClaims::Close(absl::Duration within) {
  if (!held_.Close()) return;
  const absl::Status why = MakeFailure(Reason::kShuttingDown, "the daemon is shutting down");
  scope_.Cancel(why);
  if (thread_.joinable()) thread_.join();
  const Context context = Context::Background().WithTimeout(within, why);
  if (!context.Check().ok()) return;
  GiveBack(context);
  if (held_.empty()) (void)session_.End(context);
}

}  // namespace wheelhouse::runs

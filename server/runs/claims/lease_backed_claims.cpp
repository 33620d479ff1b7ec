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

std::string Told(const std::vector<v1::ClaimHolder>& holders) {
  std::string text;
  for (const v1::ClaimHolder& holder : holders)
    absl::StrAppend(&text, holder.SerializeAsString(), "\n");
  return text;
}

bool MovedOn(const absl::Status& status) {
  return HasReason(status, Reason::kObjectConflict) || HasReason(status, Reason::kObjectNotFound);
}

}  // namespace

LeaseClaims::LeaseClaims(LeaseClaimsOptions options, kube::KubeClient& client, const Clock& clock,
                         const BootClock& boot_clock)
    : options_(std::move(options)),
      times_(options_.lease_duration),
      clock_(clock),
      boot_clock_(boot_clock),
      client_(client),
      leases_(client, options_.lease_namespace),
      session_(leases_, options_.daemon, times_, clock, boot_clock) {}

LeaseClaims::~LeaseClaims() { Close(absl::ZeroDuration()); }

void LeaseClaims::Start() {
  thread_ = std::thread([this] { Loop(); });
}

absl::StatusOr<ClaimsTaken> LeaseClaims::Take(const Context& context, const ClaimWish& wish,
                                              const std::shared_ptr<Fence>& fence,
                                              const OnClaimWait& on_wait) {
  {
    MutexLock lock(&mutex_);
    ++takers_;
    changed_.NotifyAll();
  }
  const auto leave = absl::MakeCleanup([this] {
    MutexLock lock(&mutex_);
    --takers_;
  });
  ClaimsTaken taken;
  std::string told;
  while (true) {
    absl::StatusOr<Attempt> attempt = Try(context, wish, fence);
    RETURN_IF_ERROR(context.Check());
    if (wish.patient && HasReason(attempt.status(), Reason::kClusterUnreachable)) {
      attempt = Attempt();
    }
    RETURN_IF_ERROR(attempt.status());
    if (attempt->done) {
      taken.unbroken = attempt->unbroken && !taken.waited;
      return taken;
    }
    const bool blocked = !attempt->holders.empty();
    taken.waited |= blocked;
    if (const std::string text = Told(attempt->holders); blocked && text != told) {
      on_wait(attempt->holders);
      told = text;
    }
    RETURN_IF_ERROR(context.Sleep(blocked ? options_.look_every : options_.look_every / 10));
  }
}

// One attempt. Neither done nor with holders: somebody came in between, to be tried again.
absl::StatusOr<LeaseClaims::Attempt> LeaseClaims::Try(const Context& context, const ClaimWish& wish,
                                                      const std::shared_ptr<Fence>& fence) {
  ASSIGN_OR_RETURN(const CancellableMutex::Held taking, taking_.Lock(context));
  RETURN_IF_ERROR(CheckRights(context));
  RETURN_IF_ERROR(session_.Open(context));
  const int opening = session_.Opening();
  const bool all_held = std::ranges::all_of(
      wish.keys, [&](const std::string& key) { return HeldBy(wish.run_id, key, opening); });
  // Whoever waits for the whole cluster waits for those that hold something, never they for it.
  if (!all_held || wish.keys.count(kWholeCluster) > 0)
    return TakeAll(context, wish, opening, fence);
  Attempt attempt;
  attempt.done = session_.Guard(opening, fence);
  attempt.unbroken = Unbroken(wish);
  return attempt;
}

absl::StatusOr<LeaseClaims::Attempt> LeaseClaims::TakeAll(const Context& context,
                                                          const ClaimWish& wish, int opening,
                                                          const std::shared_ptr<Fence>& fence) {
  ASSIGN_OR_RETURN(ClaimsSeen seen, Look(context));
  const bool whole = wish.keys.count(kWholeCluster) > 0;
  std::set<std::string> in_the_way = InTheWay(seen, sightings_, options_.daemon.id, wish.keys);
  std::set<std::string> missing;
  for (const std::string& key : wish.keys) {
    if (!HeldBy(wish.run_id, key, opening)) missing.insert(key);
  }
  // All or none. Of a session that was lost some may be left.
  bool keep = false;
  const auto undo = absl::MakeCleanup([&] {
    if (!keep) Release(wish.run_id, missing);
  });
  if (whole ? in_the_way.count(kWholeCluster) > 0 : !in_the_way.empty())
    return Blocked(seen, in_the_way);
  for (const std::string& key : missing) {
    const absl::Status status = Write(context, wish, key, seen, opening);
    if (MovedOn(status)) return Attempt();
    RETURN_IF_ERROR(status);
  }
  // Whoever wants the whole cluster and whoever wants a namespace both write first, and look then:
  // one of them sees the other. The whole cluster's claim stays, so that no new ones come.
  if (!missing.empty()) {
    ASSIGN_OR_RETURN(seen, Look(context));
    in_the_way = InTheWay(seen, sightings_, options_.daemon.id, wish.keys);
  }
  keep = whole;
  if (!in_the_way.empty()) return Blocked(seen, in_the_way);
  Attempt attempt;
  attempt.done = session_.Guard(opening, fence);
  attempt.unbroken = Unbroken(wish);
  keep |= attempt.done;
  return attempt;
}

absl::Status LeaseClaims::CheckRights(const Context& context) {
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

absl::StatusOr<ClaimsSeen> LeaseClaims::Look(const Context& context) {
  const absl::Duration begun = boot_clock_.Now();
  ASSIGN_OR_RETURN(const auto leases, leases_.List(context, kClaimSelector));
  ClaimsSeen seen = SortLeases(leases);
  sightings_.Note(seen, begun, boot_clock_.Now());
  MutexLock lock(&mutex_);
  Adopt(seen);
  return seen;
}

// What a daemon before this one left here under our id.
void LeaseClaims::Adopt(const ClaimsSeen& seen) {
  if (std::exchange(adopted_, true)) return;
  for (const auto& [key, claim] : seen.claims) {
    if (claim.holder != options_.daemon.id) continue;
    const bool expected = expected_.count({RunOf(claim), key}) > 0;
    held_[key] = {RunOf(claim), claim, 0, expected, false};
    released_ |= !expected;
  }
  expected_.clear();
  changed_.NotifyAll();
}

LeaseClaims::Attempt LeaseClaims::Blocked(const ClaimsSeen& seen,
                                          const std::set<std::string>& in_the_way) const {
  Attempt attempt;
  for (const std::string& key : in_the_way)
    attempt.holders.push_back(HolderOf(key, seen.claims.at(key)));
  return attempt;
}

absl::Status LeaseClaims::Write(const Context& context, const ClaimWish& wish,
                                const std::string& key, const ClaimsSeen& seen, int opening) {
  Held held{wish.run_id, ClaimLease(options_.daemon, wish, key, times_.duration, clock_.Now()),
            opening};
  const auto found = seen.claims.find(key);
  if (found != seen.claims.end()) {
    held.unbroken =
        found->second.holder == options_.daemon.id && RunOf(found->second) == wish.run_id;
    if (held.unbroken) held.lease.acquire_time = found->second.acquire_time;
    held.lease.resource_version = found->second.resource_version;
  }
  const auto written = found == seen.claims.end() ? leases_.Create(context, held.lease)
                                                  : leases_.Replace(context, held.lease);
  if (MovedOn(written.status())) return written.status();
  if (written.ok()) {
    held.lease = *written;
  } else {
    held.lease.resource_version.clear();
  }
  MutexLock lock(&mutex_);
  held_[key] = std::move(held);
  return written.status();
}

bool LeaseClaims::HeldBy(const std::string& run_id, const std::string& key, int opening) {
  MutexLock lock(&mutex_);
  const auto found = held_.find(key);
  return found != held_.end() && found->second.run_id == run_id && found->second.wanted &&
         opening != 0 && found->second.opening == opening;
}

bool LeaseClaims::Unbroken(const ClaimWish& wish) {
  MutexLock lock(&mutex_);
  for (const std::string& key : wish.keys) {
    const auto found = held_.find(key);
    if (found == held_.end() || !found->second.unbroken) return false;
  }
  return true;
}

void LeaseClaims::Release(const std::string& run_id, const std::set<std::string>& keys) {
  MutexLock lock(&mutex_);
  for (const std::string& key : keys) {
    expected_.erase({run_id, key});
    const auto found = held_.find(key);
    if (found == held_.end() || found->second.run_id != run_id) continue;
    found->second.wanted = false;
    released_ = true;
  }
  changed_.NotifyAll();
}

void LeaseClaims::Expect(const std::string& run_id, const std::set<std::string>& keys) {
  MutexLock lock(&mutex_);
  for (const std::string& key : keys) expected_.insert({run_id, key});
}

absl::Status LeaseClaims::GiveBackOne(const Context& context, const kube::Lease& lease) {
  if (!lease.resource_version.empty()) return leases_.Delete(context, lease);
  ASSIGN_OR_RETURN(const auto found, leases_.Get(context, lease.name));
  const bool ours =
      found.has_value() && found->holder == lease.holder && found->renew_time == lease.renew_time;
  return ours ? leases_.Delete(context, *found) : absl::OkStatus();
}

void LeaseClaims::GiveBack(const Context& unbounded) {
  const Context context = times_.ForOneTry(unbounded);
  std::map<std::string, kube::Lease> released;
  {
    MutexLock lock(&mutex_);
    released_ = false;
    for (const auto& [key, held] : held_) {
      if (!held.wanted) released[key] = held.lease;
    }
  }
  for (const auto& [key, lease] : released) {
    const absl::Status given = GiveBackOne(context, lease);
    // In a conflict somebody has taken it over: it is not ours to delete.
    if (!given.ok() && !HasReason(given, Reason::kObjectConflict)) {
      spdlog::warn("the Lease {}/{} cannot be given back: {}", leases_.ns(), lease.name,
                   std::string(given.message()));
      continue;
    }
    MutexLock lock(&mutex_);
    const auto found = held_.find(key);
    // A run of ours may have taken it again in between.
    if (found != held_.end() && !found->second.wanted &&
        found->second.lease.renew_time == lease.renew_time)
      held_.erase(found);
  }
}

bool LeaseClaims::Unused() {
  MutexLock lock(&mutex_);
  return std::exchange(unused_, held_.empty() && takers_ == 0) && unused_;
}

void LeaseClaims::Tend(const Context& context) {
  session_.Renew(context);
  GiveBack(context);
  if (!Unused()) return;
  const absl::Status ended = session_.End(times_.ForOneTry(context));
  if (!ended.ok())
    spdlog::warn("the session's Lease cannot be deleted: {}", std::string(ended.message()));
}

void LeaseClaims::Loop() {
  absl::Duration due = SteadyNow() + times_.renew_every;
  while (true) {
    bool tend = false;
    {
      MutexLock lock(&mutex_);
      while (!closed_ && !released_ && SteadyNow() < due)
        changed_.WaitFor(&mutex_, due - SteadyNow());
      if (closed_) return;
      tend = SteadyNow() >= due;
    }
    if (tend) {
      due = SteadyNow() + times_.renew_every;
      Tend(scope_);
    } else {
      GiveBack(scope_);
    }
  }
}

void LeaseClaims::Close(absl::Duration within) {
  {
    MutexLock lock(&mutex_);
    if (std::exchange(closed_, true)) return;
    changed_.NotifyAll();
  }
  const absl::Status why = MakeFailure(Reason::kShuttingDown, "the daemon is shutting down");
  scope_.Cancel(why);
  if (thread_.joinable()) thread_.join();
  const Context context = Context::Background().WithTimeout(within, why);
  if (!context.Check().ok()) return;
  GiveBack(context);
  bool empty = false;
  {
    MutexLock lock(&mutex_);
    empty = held_.empty();
  }
  if (empty) (void)session_.End(context);
}

}  // namespace wheelhouse::runs

// Two daemons and their claims, on a cluster of Leases.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "server/runs/claims/lease_backed_claims.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/fakes/lease_world.h"

namespace wheelhouse::runs {

using kube::LeaseWorld;

inline constexpr absl::Duration kLease = absl::Seconds(20);  // renewed every 3.3 s, ours for 15 s

// One daemon: its claims, and a clock of its own.
struct DaemonParts {
  DaemonParts(LeaseWorld& world, const std::string& id) : world_(world), id_(id) { Restart(); }
  // Killed, and started again.
  void Restart() {
    claims.reset();
    claims = std::make_unique<LeaseBackedClaims>(
        LeaseBackedClaimsOptions{.daemon = {id_, "host-of-" + id_},
                                 .lease_namespace = "wheelhouse-system",
                                 .lease_duration = kLease,
                                 .look_every = absl::Milliseconds(5)},
        world_, clock, boot);
  }
  void Tend() { claims->Tend(Context::Background()); }
  void GiveBack() { claims->GiveBack(Context::Background()); }

  LeaseWorld& world_;
  const std::string id_;
  SystemClock clock;
  FakeBootClock boot;
  std::unique_ptr<LeaseBackedClaims> claims;
};

// What a chart gets that wants claims.
struct Got {
  absl::StatusOr<ClaimGrant> taken = absl::UnknownError("not asked");
  std::shared_ptr<Fence> fence;
  std::vector<v1::ClaimHolder> holders;  // as last told
};

class LeaseBackedClaimsTest : public testing::Test {
 protected:
  LeaseBackedClaimsTest() { spdlog::set_level(spdlog::level::off); }

  Got Take(DaemonParts& daemon, const std::string& run, const std::set<std::string>& keys,
           const OnClaimWait& on_wait = nullptr, bool patient = false) {
    Got got;
    got.fence = daemon.claims->NewFence();
    got.taken = daemon.claims->Take(context_, {run, "ann", keys, patient}, got.fence,
                                    [&](const std::vector<v1::ClaimHolder>& holders) {
                                      got.holders = holders;
                                      if (on_wait) on_wait(holders);
                                    });
    return got;
  }
  // Ends the wait when it has begun.
  Got TryToTake(DaemonParts& daemon, const std::string& run, const std::set<std::string>& keys) {
    const Context before = context_;
    context_ = context_.WithCancel();
    Got got = Take(daemon, run, keys, [this](const auto&) {
      context_.Cancel(MakeFailure(Reason::kCancelled, "enough"));
    });
    context_ = before;
    return got;
  }

  Context context_ = Context::Background();
  LeaseWorld world_;
  DaemonParts a_{world_, "a"};
  DaemonParts b_{world_, "b"};
};

}  // namespace wheelhouse::runs

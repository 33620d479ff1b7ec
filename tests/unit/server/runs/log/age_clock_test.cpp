#include "server/runs/log/age_clock.h"

#include <gtest/gtest.h>

#include "server/runs/log/retention.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

class AgeClockTest : public testing::Test {
 protected:
  // Time passes, as on a machine whose clocks are right.
  void Pass(absl::Duration time) {
    wall_.Pass(time);
    boot_.Pass(time);
  }
  absl::Time start() const { return absl::FromUnixSeconds(1700000000); }

  FakeClock wall_{start()};
  FakeBootClock boot_;
};

TEST_F(AgeClockTest, ItGoesWithAClockThatIsRight) {
  const AgeClock ages(wall_, boot_, std::nullopt);
  for (int i = 0; i < 100; ++i) {
    Pass(absl::Minutes(7));
    EXPECT_EQ(ages.Now(), wall_.Now());
  }
}

TEST_F(AgeClockTest, AJumpForwardIsBelievedADayAnHour) {
  const AgeClock ages(wall_, boot_, std::nullopt);
  wall_.Pass(absl::Hours(24 * 365));
  EXPECT_EQ(ages.Now(), start());
  Pass(absl::Minutes(30));
  EXPECT_EQ(ages.Now(), start() + absl::Hours(12));
  wall_.Pass(-absl::Hours(24 * 365));  // it is put right
  EXPECT_EQ(ages.Now(), start() + absl::Minutes(30)) << "never ahead of the clock";
}

TEST_F(AgeClockTest, AClockThatIsSetBackIsFollowed) {
  const AgeClock ages(wall_, boot_, std::nullopt);
  wall_.Pass(-absl::Hours(5));
  EXPECT_EQ(ages.Now(), start() - absl::Hours(5));
}

TEST_F(AgeClockTest, AfterARestartItGoesOnFromWhatWasReached) {
  wall_.Pass(absl::Hours(24 * 365));
  const AgeClock ages(wall_, boot_, start());
  EXPECT_EQ(ages.Now(), start());
}

// The engine's, with all that it keeps for a time.
class ClockJumpTest : public EngineTest {
 protected:
  // As Start, with clocks of the test's.
  void StartWith(const AgeClock& ages) {
    Stop();
    store_ = *store::SealedStore::Open(directory_ + "/key", *store::SqliteStore::Open(directory_));
    archives_ = *store::Archives::Open(directory_ + "/archives", {.quota_bytes = 1 << 20}, ages);
    EngineOptions options = options_;
    options.prepare = FakePrepare;
    options.allow = FakeAllow;
    options.age_clock = &ages;
    engine_ = *Engine::Start(options, clusters_, *store_, *archives_, lifecycle_, wall_);
  }
  void Sweep(const AgeClock& ages) {
    const auto nothing = [] { return absl::OkStatus(); };
    Retention(options_.retention, *store_, *archives_, ages, nothing).Sweep();
  }
  // The engine goes before its clocks.
  ~ClockJumpTest() override { Stop(); }

  FakeClock wall_;
  FakeBootClock boot_;
  const AgeClock ages_{wall_, boot_, std::nullopt};
};

TEST_F(ClockJumpTest, NothingIsForgottenWhenTheClockJumps) {
  StartWith(ages_);
  v1::CreateRunRequest request = Request({"demo/web"});
  request.set_request_id("once");
  const std::string id = Create(request);
  lifecycle_.End("demo/web", v1::STATE_FAILED);
  Ended(id);
  wall_.Pass(absl::Hours(24 * 365));
  Sweep(ages_);
  EXPECT_TRUE(engine_->Get(id, By("tester")).ok());
  EXPECT_EQ(Create(request), id) << "its request id is remembered";
  v1::RetryRunRequest again;
  again.set_run_id(id);
  const auto retried = engine_->Retry(again, By("tester"));
  ASSERT_TRUE(retried.ok()) << "its values are still there: " << retried.status();
  lifecycle_.End("demo/web");
  Ended(retried->id());
}

TEST_F(ClockJumpTest, AClockThatJumpsWhileTheDaemonIsDownIsNotBelievedEither) {
  StartWith(ages_);
  const std::string id = Create({"demo/web"});
  lifecycle_.End("demo/web");
  Ended(id);
  Sweep(ages_);
  wall_.Pass(absl::Hours(24 * 365));
  const AgeClock next(wall_, boot_, *store_->AgeTime());
  Sweep(next);
  EXPECT_TRUE(engine_->Get(id, By("tester")).ok());
  boot_.Pass(absl::Hours(24 * 365));
  Sweep(next);
  EXPECT_FALSE(engine_->Get(id, By("tester")).ok()) << "in the end it is";
}

}  // namespace
}  // namespace wheelhouse::runs

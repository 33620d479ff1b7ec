#include "server/kube/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/lease_world.h"

namespace wheelhouse::kube {
namespace {

class LeaseTest : public testing::Test {
 protected:
  Lease Made(const std::string& holder, int second = 0) {
    Lease lease;
    lease.name = "claim";
    lease.holder = holder;
    lease.duration = absl::Seconds(30);
    lease.renew_time = MicroTime(absl::FromUnixSeconds(1'800'000'000 + second));
    lease.annotations["who"] = "ann";
    return lease;
  }
  const Context context_ = Context::Background();
  LeaseWorld world_;
  Leases leases_{world_, "wheelhouse-system"};
};

TEST_F(LeaseTest, MakesItsNamespaceAndReadsWhatItWrote) {
  ASSERT_TRUE(leases_.Create(context_, Made("a")).ok());
  const auto found = leases_.Get(context_, "claim");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->holder, "a");
  EXPECT_EQ((*found)->duration, absl::Seconds(30));
  EXPECT_EQ((*found)->annotations.at("who"), "ann");
  EXPECT_EQ((*found)->renew_time, "2027-01-15T08:00:00.000000Z");
}

TEST_F(LeaseTest, IsCreatedOnce) {
  ASSERT_TRUE(leases_.Create(context_, Made("a")).ok());
  EXPECT_TRUE(HasReason(leases_.Create(context_, Made("b")).status(), Reason::kObjectConflict));
}

TEST_F(LeaseTest, IsReplacedAndDeletedOnlyAsItWasRead) {
  const Lease first = *leases_.Create(context_, Made("a"));
  Lease second = Made("b", 1);
  second.resource_version = first.resource_version;
  ASSERT_TRUE(leases_.Replace(context_, second).ok());
  Lease late = Made("c", 2);
  late.resource_version = first.resource_version;
  EXPECT_TRUE(HasReason(leases_.Replace(context_, late).status(), Reason::kObjectConflict));
  EXPECT_TRUE(HasReason(leases_.Delete(context_, first), Reason::kObjectConflict));
  EXPECT_EQ(world_.Holder("claim"), "b");
}

TEST_F(LeaseTest, OneThatIsGoneIsDeleted) {
  const Lease lease = *leases_.Create(context_, Made("a"));
  EXPECT_TRUE(leases_.Delete(context_, lease).ok());
  EXPECT_TRUE(leases_.Delete(context_, lease).ok());
  EXPECT_FALSE(leases_.Get(context_, "claim")->has_value());
}

TEST_F(LeaseTest, AWriteWhoseAnswerWasLostCountsAsDone) {
  ASSERT_TRUE(leases_.Create(context_, Made("x")).ok());
  world_.Remove("claim");
  world_.LoseNextAnswer();
  EXPECT_TRUE(leases_.Create(context_, Made("a")).ok());
}

TEST_F(LeaseTest, AWriteThatWasNotDoneDoesNot) {
  ASSERT_TRUE(leases_.Create(context_, Made("a")).ok());
  world_.fault = [](const std::string& call) {
    return call == LeaseWorld::CallOf("create", "claim")
               ? MakeFailure(Reason::kClusterUnreachable, "away")
               : absl::OkStatus();
  };
  EXPECT_TRUE(
      HasReason(leases_.Create(context_, Made("a", 1)).status(), Reason::kClusterUnreachable));
}

TEST_F(LeaseTest, TimesAreMicroTimes) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'123'456);
  EXPECT_EQ(MicroTime(time), "2027-01-15T08:00:00.123456Z");
  EXPECT_EQ(ReadMicroTime(MicroTime(time)), time);
  EXPECT_EQ(ReadMicroTime("yesterday"), std::nullopt);
}

}  // namespace
}  // namespace wheelhouse::kube

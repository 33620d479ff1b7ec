#include "common/fence.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/context.h"
#include "common/failure.h"
#include "tests/unit/fakes/fake_boot_clock.h"

namespace wheelhouse {
namespace {

class FenceTest : public testing::Test {
 protected:
  FakeBootClock clock_;
  const std::shared_ptr<Fence> fence_ = std::make_shared<Fence>(clock_);
  const Context behind_ = Context::Background().WithFence(fence_);
};

TEST_F(FenceTest, LetsNothingBeChangedBeforeItHasABound) {
  EXPECT_TRUE(fence_->Check().ok());
  EXPECT_TRUE(HasReason(fence_->CheckHeld(), Reason::kLeaseLost));
  EXPECT_EQ(behind_.FenceBound(), absl::InfiniteDuration());
  fence_->MoveBound(clock_.Now() + absl::Seconds(1));
  EXPECT_TRUE(fence_->CheckHeld().ok());
}

TEST_F(FenceTest, IsOpenUntilItsBoundAndNeverAgain) {
  EXPECT_TRUE(fence_->MoveBound(clock_.Now() + absl::Seconds(1)));
  EXPECT_TRUE(behind_.Check().ok());
  clock_.Pass(absl::Seconds(1));
  EXPECT_TRUE(HasReason(behind_.Check(), Reason::kLeaseLost));
  EXPECT_TRUE(HasReason(fence_->CheckHeld(), Reason::kLeaseLost));
  EXPECT_FALSE(fence_->MoveBound(clock_.Now() + absl::Seconds(1)));
  EXPECT_FALSE(behind_.Check().ok());
}

TEST_F(FenceTest, WakesWhatWaitsBehindItWhenItIsShut) {
  std::thread keeper([&] { fence_->Shut(MakeFailure(Reason::kLeaseLost, "taken over")); });
  EXPECT_TRUE(HasReason(behind_.WithCancel().Sleep(absl::Hours(1)), Reason::kLeaseLost));
  keeper.join();
  EXPECT_EQ(behind_.FenceBound(), absl::ZeroDuration());
}

TEST_F(FenceTest, DoesNotKeepWhatIsOutsideOfIt) {
  const Context outer = Context::Background().WithCancel();
  const Context inner = outer.WithFence(fence_);
  fence_->Shut(MakeFailure(Reason::kLeaseLost, "taken over"));
  EXPECT_TRUE(outer.Check().ok());
  outer.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  // Whatever else has ended it: what is behind it may not go on.
  EXPECT_TRUE(HasReason(inner.Check(), Reason::kLeaseLost));
}

}  // namespace
}  // namespace wheelhouse

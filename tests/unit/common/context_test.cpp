#include "common/context.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/failure.h"

namespace wheelhouse {
namespace {

TEST(Context, EndsWithTheCauseOfTheScopeThatWasCancelled) {
  const Context outer = Context::Background().WithCancel();
  const Context inner =
      outer.WithCancel().WithTimeout(absl::Hours(1), MakeFailure(Reason::kNotReady, "late"));
  EXPECT_TRUE(inner.Check().ok());
  outer.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  outer.Cancel(MakeFailure(Reason::kInterrupted, "too late"));
  EXPECT_TRUE(HasReason(inner.Check(), Reason::kCancelled));
}

TEST(Context, DoesNotCancelItsParent) {
  const Context outer = Context::Background().WithCancel();
  const Context inner = outer.WithCancel();
  inner.Cancel(MakeFailure(Reason::kCancelled, "inner"));
  EXPECT_FALSE(inner.Check().ok());
  EXPECT_TRUE(outer.Check().ok());
}

TEST(Context, SleepWakesWhenAnOuterScopeIsCancelled) {
  const Context outer = Context::Background().WithCancel();
  const Context inner =
      outer.WithCancel().WithTimeout(absl::Hours(1), MakeFailure(Reason::kNotReady, "late"));
  std::thread canceller([&] { outer.Cancel(MakeFailure(Reason::kCancelled, "by ann")); });
  EXPECT_TRUE(HasReason(inner.Sleep(absl::Hours(1)), Reason::kCancelled));
  canceller.join();
}

TEST(Context, NearestDeadlineCounts) {
  const Context late = Context::Background().WithTimeout(
      absl::ZeroDuration(), MakeFailure(Reason::kDeadlineExceeded, "plan"));
  EXPECT_EQ(late.Remaining(), absl::ZeroDuration());
  EXPECT_TRUE(
      HasReason(late.WithTimeout(absl::Hours(1), MakeFailure(Reason::kNotReady, "x")).Check(),
                Reason::kDeadlineExceeded));
  EXPECT_EQ(Context::Background().Remaining(), absl::InfiniteDuration());
}

TEST(Context, EndsWithAnotherToo) {
  const Context one = Context::Background().WithCancel();
  const Context other = Context::Background().WithCancel();
  const Context both =
      one.EndingWith(other.WithTimeout(absl::Hours(1), MakeFailure(Reason::kNotReady, "late")));
  EXPECT_TRUE(both.Check().ok());
  EXPECT_LE(both.Remaining(), absl::Hours(1));
  std::thread canceller([&] { other.Cancel(MakeFailure(Reason::kSuperseded, "by a newer run")); });
  EXPECT_TRUE(HasReason(both.WithCancel().Sleep(absl::Hours(2)), Reason::kSuperseded));
  canceller.join();
  EXPECT_TRUE(one.Check().ok());
  const Context again = one.EndingWith(Context::Background());
  one.Cancel(MakeFailure(Reason::kCancelled, "by ann"));
  EXPECT_TRUE(HasReason(again.Check(), Reason::kCancelled));
}

TEST(Context, OnCancelCallsAtOnceWhenAlreadyCancelled) {
  const Context context = Context::Background().WithCancel();
  context.Cancel(MakeFailure(Reason::kCancelled, "x"));
  bool called = false;
  const auto wakeup = context.OnCancel([&] { called = true; });
  EXPECT_TRUE(called);
}

}  // namespace
}  // namespace wheelhouse

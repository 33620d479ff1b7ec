#include "server/hooks/counts.h"

#include <gmock/gmock.h>

#include "tests/unit/server/hooks/hooks_fixture.h"

namespace wheelhouse::hooks {
namespace {

using testing::ElementsAre;
using testing::Pair;

class HookCountsTest : public HooksFixture {
 protected:
  uint64_t Ended(CallEnd end) { return hooks_.Counts().totals.ended[static_cast<size_t>(end)]; }
};

TEST_F(HookCountsTest, ACallIsWaitingThenWorkingThenEnded) {
  Calling call(hooks_, RequestFor("a"));
  Until([&] { return hooks_.Counts().waiting == 1; });
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  const v1::Attempt attempt = worker.Invoked().attempt();
  const HookCounts now = hooks_.Counts();
  EXPECT_EQ(now.waiting, 0);
  EXPECT_EQ(now.working, 1);
  EXPECT_EQ(now.sessions, 1);
  EXPECT_EQ(now.totals.attempts, 1u);
  EXPECT_THAT(now.serving, ElementsAre(Pair(Pair("drain", ""), 1)));
  worker.SendResult(attempt, "done");
  ASSERT_TRUE(call.Result().ok());
  EXPECT_EQ(Ended(CallEnd::kSucceeded), 1u);
  EXPECT_EQ(hooks_.Counts().working, 0);
  EXPECT_EQ(hooks_.Counts().totals.bytes_in, 20u) << "Attach and Result, as the fixture says";
  EXPECT_GT(hooks_.Counts().totals.bytes_out, 0u);
  worker.Leave();
  EXPECT_EQ(hooks_.Counts().sessions, 0);
}

TEST_F(HookCountsTest, ASilentWorkerIsAHeartbeatMissedAndItsResultOvertaken) {
  FakeWorker silent(hooks_, "silent");
  silent.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE, absl::Milliseconds(30)));
  const v1::Attempt late = silent.Invoked().attempt();
  EXPECT_FALSE(call.Result().ok());
  EXPECT_EQ(Ended(CallEnd::kInterrupted), 1u);
  EXPECT_EQ(hooks_.Counts().totals.given_up, 1u);
  silent.SendResult(late, "late");
  silent.SendResult(late, "late again");
  EXPECT_EQ(hooks_.Counts().totals.overtaken, 2u);
}

TEST_F(HookCountsTest, EndsAreToldApart) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  lifecycle::HookRequest nobody = RequestFor("a");
  nobody.invoke.set_name("unknown");
  nobody.wait_for_worker = false;
  EXPECT_FALSE(Calling(hooks_, nobody).Result().ok());
  EXPECT_EQ(Ended(CallEnd::kNoWorker), 1u);
  {
    Calling call(hooks_, RequestFor("b"));
    v1::SessionRequest failed;
    *failed.mutable_result()->mutable_attempt() = worker.Invoked().attempt();
    failed.mutable_result()->mutable_failure()->set_message("no");
    ASSERT_TRUE(worker.Send(failed).ok());
    EXPECT_TRUE(call.Result().ok());
  }
  EXPECT_EQ(Ended(CallEnd::kFailed), 1u);
  EXPECT_TRUE(worker.Receive().has_result_ack());
  {
    Calling call(hooks_, RequestFor("c"));
    const v1::Attempt attempt = worker.Invoked().attempt();
    call.context.Cancel(MakeFailure(Reason::kCancelled, "no more"));
    EXPECT_TRUE(worker.Receive().has_cancel());
    worker.SendResult(attempt, "ended");
    EXPECT_FALSE(call.Result().ok());
  }
  EXPECT_EQ(Ended(CallEnd::kCancelled), 1u);
}

TEST_F(HookCountsTest, ACallThatIsLeftToItsWorkerHasNotEnded) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  worker.Invoked();
  call.context.Cancel(MakeFailure(Reason::kInterrupted, "the daemon ends"));
  EXPECT_FALSE(call.Result().ok());
  for (const uint64_t count : hooks_.Counts().totals.ended) EXPECT_EQ(count, 0u);
}

TEST_F(HookCountsTest, InlineHooksAreCountedWithoutTheirNames) {
  FakeWorker worker(hooks_, "one");
  worker.attach().set_scope("call-1");
  worker.Attach();
  EXPECT_THAT(hooks_.Counts().serving, ElementsAre(Pair(Pair("inline", ""), 1)));
}

TEST_F(HookCountsTest, NamesBeyondABoundAreCountedTogetherAndTakeNobodysPlace) {
  FakeWorker first(hooks_, "first");
  first.Attach();
  std::vector<std::unique_ptr<FakeWorker>> hostile;
  for (int i = 0; i < 5; ++i) {
    hostile.push_back(std::make_unique<FakeWorker>(hooks_, "hostile", "unix:mallory"));
    hostile.back()->attach().clear_hooks();
    for (int at = 0; at < 100; ++at)
      hostile.back()->attach().add_hooks()->set_name(absl::StrCat("!\x01", i, "-", at));
    hostile.back()->Attach();
  }
  const HookCounts counts = hooks_.Counts();
  EXPECT_EQ(counts.serving.size(), HookCounts::kMostNames - 1);
  EXPECT_EQ(counts.serving.at({"drain", ""}), 1);
  EXPECT_EQ(counts.serving.at({HookCounts::kOthers, HookCounts::kOthers}), 500 - 97);
  EXPECT_EQ(counts.serving.count({"!\\u00010-0", ""}), 1u) << "control characters are escaped";
}

}  // namespace
}  // namespace wheelhouse::hooks

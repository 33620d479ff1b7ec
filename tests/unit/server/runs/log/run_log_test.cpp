// What is appended without waiting: in order, together, and before whatever comes later.
#include "server/runs/log/run_log.h"

#include <gmock/gmock.h>

#include "server/runs/log/answer.h"
#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;

class RunLogTest : public PartsTest {
 protected:
  std::shared_ptr<RunLog> Log() {
    const v1::Run picture = PictureOf(Stored(Plan({"a/web"})).run);
    return std::make_shared<RunLog>(*store_, clock_, picture, RunLogOptions{1000, nullptr});
  }
  static LogEntry Line(const std::string& text) {
    LogEntry entry;
    entry.event.mutable_log()->set_line(text);
    return entry;
  }
  static v1::RunEvent Running() {
    v1::RunEvent event;
    event.mutable_transition()->set_chart("a/web");
    event.mutable_transition()->set_state(v1::STATE_RUNNING);
    return event;
  }
};

TEST_F(RunLogTest, WhatIsAppendedSoonComesBeforeWhatFollows) {
  const auto log = Log();
  ASSERT_TRUE(log->AppendSoon({Running(), std::nullopt}).ok());
  ASSERT_TRUE(log->AppendSoon(Line("second")).ok());
  ASSERT_TRUE(log->Append(Line("third").event).ok());
  EXPECT_EQ(log->Picture().sequence(), 3);
  EXPECT_EQ(log->PictureOf("a/web")->state(), v1::STATE_RUNNING);
  EXPECT_FALSE(log->PictureOf("a/other").has_value());
}

TEST_F(RunLogTest, SettleWaitsUntilAllOfItIsDurable) {
  const auto log = Log();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->AppendSoon(Line("line")).ok());
  ASSERT_TRUE(log->Settle().ok());
  EXPECT_EQ(log->Picture().sequence(), 20);
}

TEST_F(RunLogTest, WhoWaitsUntilItSettlesIsToldOnceWhatCameBeforeIsDurable) {
  const auto log = Log();
  const auto settled = [&log] {
    Answer answer;
    int64_t durable = 0;
    log->OnSettled([&](const absl::Status& status) {
      durable = log->Picture().sequence();
      answer.Set(status);
    });
    EXPECT_TRUE(answer.Wait().ok());
    return durable;
  };
  EXPECT_EQ(settled(), 0);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->AppendSoon(Line("line")).ok());
  EXPECT_EQ(settled(), 20);
}

TEST_F(RunLogTest, AWatchThatIsOverStaysOver) {
  const auto log = Log();
  const auto watch = log->Watch(0, {.queue = 1}, [] {});
  for (const char* part : {"snapshot", "sync"}) ASSERT_NE(watch->Next()->event, nullptr) << part;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(log->Append(Line("line").event).ok());
  EXPECT_TRUE(HasReason(watch->NextAtOnce().status(), Reason::kWatcherTooSlow));
  EXPECT_TRUE(HasReason(watch->Next().status(), Reason::kWatcherTooSlow))
      << "an event would be lost";
}

TEST_F(RunLogTest, WhatIsNotInMemoryIsNotReadAtOnce) {
  const auto log = Log();
  const auto watch = log->Watch(0, {}, [] {});
  for (const char* part : {"snapshot", "sync"}) ASSERT_NE(watch->Next()->event, nullptr) << part;
  ASSERT_TRUE(log->Append(Line("line").event).ok());
  const auto near = watch->NextAtOnce();
  ASSERT_TRUE(near.ok() && near->has_value());
  EXPECT_NE((*near)->event, nullptr);
  // More than a feed keeps.
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(log->Append(Line(std::string(64 << 10, 'x')).event).ok());
  const auto far = watch->NextAtOnce();
  ASSERT_TRUE(far.ok());
  EXPECT_FALSE(far->has_value());
  EXPECT_NE(watch->Next()->event, nullptr);
}

TEST_F(RunLogTest, TheEndComesAfterWhatIsAppendedSoon) {
  const auto log = Log();
  log->AppendStart(nullptr);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->AppendSoon(Line("line")).ok());
  ASSERT_TRUE(log->AppendEnd({{Line("last").event}, v1::RUN_STATE_RUNNING, std::nullopt}).ok());
  EXPECT_EQ(log->Picture().sequence(), 22);
  EXPECT_FALSE(log->AppendSoon(Line("too late")).ok());
}

TEST_F(RunLogTest, ALogThatTheStoreRefusesTakesNothingSoon) {
  const auto log = Log();
  ASSERT_TRUE(
      std::make_shared<RunLog>(*store_, clock_, log->Picture(), RunLogOptions{1000, nullptr})
          ->Append(Line("first").event)
          .ok());
  ASSERT_TRUE(log->AppendSoon(Line("its number is taken")).ok());
  Answer settled;
  log->OnSettled([&](const absl::Status& status) { settled.Set(status); });
  EXPECT_FALSE(settled.Wait().ok());
  EXPECT_FALSE(log->Settle().ok());
  EXPECT_FALSE(log->AppendSoon(Line("another")).ok());
}

}  // namespace
}  // namespace wheelhouse::runs

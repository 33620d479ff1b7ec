#include "server/runs/log/chart_journal.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/memory_store.h"

namespace wheelhouse::runs {
namespace {

class ChartJournalTest : public testing::Test {
 protected:
  ChartJournalTest() {
    store::RunRow row;
    row.id = "r1";
    row.caller = {"tls:ci", KnownBy::kCertificate};
    EXPECT_TRUE(store_.CreateRun(row, {}, absl::UnixEpoch()).ok());
    v1::Run run;
    run.set_id("r1");
    log_ = std::make_shared<RunLog>(store_, clock_, run, RunLogOptions{.log_bytes = 1 << 20});
  }
  FakeClock clock_;
  store::MemoryDisk disk_;
  store::MemoryStore store_{disk_};
  std::shared_ptr<RunLog> log_;
};

TEST_F(ChartJournalTest, WhatTheCallerMayKeepIsSaidWithItsBound) {
  ChartJournal journal(store_, log_, "prod", "demo/web", 1000);
  EXPECT_TRUE(journal.KeepWithinBound("backup", std::string(900, 'x')).ok());
  const absl::Status refused = journal.KeepWithinBound("more", std::string(200, 'x'));
  EXPECT_TRUE(HasReason(refused, Reason::kCallerLimit)) << refused;
  EXPECT_NE(refused.message().find("1000 bytes are kept (limits.keptBytesPerCaller)"),
            absl::string_view::npos)
      << refused;
  EXPECT_EQ(*journal.Kept("more"), std::nullopt);
  EXPECT_TRUE(journal.Keep("payload", std::string(200, 'x')).ok())
      << "a run cannot go on without it";
}

TEST_F(ChartJournalTest, ALongLineIsCut) {
  ChartJournal journal(store_, log_, "prod", "demo/web", 1000);
  v1::Log line;
  line.set_line(std::string(1 << 20, 'x'));
  journal.Log(line);
  ASSERT_TRUE(log_->Settle().ok());
  const auto events = *store_.Events("r1", 0, 10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_LT(events[0].payload.size(), 17u << 10);
  EXPECT_GT(events[0].payload.size(), 16u << 10);
}

TEST_F(ChartJournalTest, WhoeverComesLaterSeesTheRunAsItIsThen) {
  const auto snapshot = [&] {
    v1::RunEvent event;
    EXPECT_TRUE(event.ParseFromString(*log_->Watch(0, {}, [] {})->Next()->event));
    return event.snapshot().sequence();
  };
  EXPECT_EQ(snapshot(), 0);
  ASSERT_TRUE(log_->Append(v1::RunEvent()).ok());
  EXPECT_EQ(snapshot(), 1);
}

}  // namespace
}  // namespace wheelhouse::runs

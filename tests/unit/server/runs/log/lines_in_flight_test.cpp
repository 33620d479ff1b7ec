// A step that writes lines faster than the store takes them waits; what the engine appends does
// not.
#include <absl/strings/str_cat.h>
#include <absl/synchronization/notification.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "common/clock.h"
#include "common/failure.h"
#include "server/runs/log/run_log.h"
#include "tests/unit/fakes/memory_store.h"

namespace wheelhouse::runs {
namespace {

constexpr int kMebibyte = 1 << 20;
constexpr int kLineBytes = 1000;
// How many lines are on their way when a further one waits: each takes a little more than its text.
constexpr int kFewest = kMebibyte / (kLineBytes + 100), kMost = kMebibyte / kLineBytes + 1;

LogEntry Line() {
  LogEntry entry;
  entry.event.mutable_log()->set_line(std::string(kLineBytes, 'x'));
  return entry;
}

// A thread that writes lines, as a step does.
class Step {
 public:
  Step(RunLog& log, int lines)
      : thread_([this, &log, lines] {
          thread_id_ = gettid();
          for (int i = 0; i < lines; ++i, ++written_) log.AppendLine(Line().event.log());
          ended_ = true;
        }) {}
  ~Step() { Join(); }

  int written() const { return written_; }
  // Blocks until it has written so many lines and waits for something, or has ended.
  void AwaitWaiting(int written) {
    while (!ended_ && (written_ < written || !Sleeps())) std::this_thread::yield();
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  // In /proc/self/task/ID/stat the thread's state follows its name.
  bool Sleeps() const {
    std::string stat;
    std::getline(std::ifstream(absl::StrCat("/proc/self/task/", thread_id_.load(), "/stat")), stat);
    const size_t name_end = stat.rfind(") ");
    return name_end != std::string::npos && stat[name_end + 2] == 'S';
  }

  std::atomic<int> thread_id_ = 0, written_ = 0;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

class LinesInFlightTest : public testing::Test {
 protected:
  LinesInFlightTest() {
    spdlog::set_level(spdlog::level::off);
    store::RunRow row;
    row.id = "r";
    row.state = v1::RUN_STATE_RUNNING;
    EXPECT_TRUE(store_.CreateRun(row, {}, absl::InfinitePast()).ok());
    v1::Run picture;
    picture.set_id(row.id);
    picture.set_state(row.state);
    log_ = std::make_shared<RunLog>(store_, clock_, picture, RunLogOptions{1 << 30, nullptr});
    store_.Hold();
  }
  // So that a line waits.
  void Fill() {
    for (int i = 0; i < kMost; ++i) ASSERT_TRUE(log_->AppendAsync(Line()));
  }

  const SystemClock clock_;
  store::MemoryDisk disk_;
  store::MemoryStore store_{disk_};
  std::shared_ptr<RunLog> log_;
};

TEST_F(LinesInFlightTest, AStepWaitsWhileAMebibyteIsOnItsWayAndGoesOnAsTheStoreAnswers) {
  constexpr int kLines = 4000, kAnswered = 100;
  Step step(*log_, kLines);
  step.AwaitWaiting(kFewest);
  EXPECT_LE(step.written(), kMost);
  store_.Complete(kAnswered);
  step.AwaitWaiting(kFewest + kAnswered);
  EXPECT_LE(step.written(), kMost + kAnswered);
  store_.Release();
  step.Join();
  ASSERT_TRUE(log_->Settle().ok());
  EXPECT_EQ(log_->Picture().sequence(), kLines);
}

TEST_F(LinesInFlightTest, WhatTheEngineAppendsWaitsNeitherForTheStoreNorForAStep) {
  Fill();
  Step step(*log_, 1);
  step.AwaitWaiting(0);
  EXPECT_EQ(step.written(), 0);
  Fill();
  EXPECT_TRUE(log_->AppendSoon(Line()).ok());
  EXPECT_EQ(log_->Picture().sequence(), 0);
  store_.Release();
  step.Join();
  ASSERT_TRUE(log_->Settle().ok());
  EXPECT_EQ(log_->Picture().sequence(), 2 * kMost + 2);
}

TEST_F(LinesInFlightTest, TheEndOfTheRunLetsAStepGoThatWaitsAndTakesNoLineOfIt) {
  Fill();
  Step step(*log_, 10);
  step.AwaitWaiting(0);
  absl::Notification ended;
  log_->AppendEndAsync({{Line().event}, v1::RUN_STATE_FAILED, std::nullopt},
                       [&](const absl::Status&) { ended.Notify(); });
  step.Join();
  store_.Release();
  ended.WaitForNotification();
  EXPECT_EQ(log_->Picture().sequence(), kMost + 1);
}

TEST_F(LinesInFlightTest, AStoreThatRefusesLetsAStepGoThatWaits) {
  Fill();
  Step step(*log_, 10);
  step.AwaitWaiting(0);
  store_.Refuse(absl::UnavailableError("the disk is full"));
  store_.Complete(1);
  step.Join();
  EXPECT_FALSE(log_->AppendAsync(Line()));
}

}  // namespace
}  // namespace wheelhouse::runs

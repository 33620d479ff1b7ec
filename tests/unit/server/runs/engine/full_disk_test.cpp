// The store takes nothing for a while: runs stand still, hold their keys, and go on afterwards.
#include <sys/resource.h>

#include <csignal>

#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

// While it lives no file of this process grows or changes, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

class FullDiskTest : public EngineTest {
 protected:
  // What watchers saw, who come back when their stream ends.
  std::vector<int64_t> NumbersOf(const std::string& id) {
    std::vector<int64_t> numbers;
    do {
      for (const v1::RunEvent& event : Events(id, numbers.empty() ? 0 : numbers.back())) {
        if (event.sequence() > 0) numbers.push_back(event.sequence());
      }
    } while (!watched_.ok());
    return numbers;
  }
  static std::vector<int64_t> UpTo(int64_t last) {
    std::vector<int64_t> numbers;
    for (int64_t i = 1; i <= last; ++i) numbers.push_back(i);
    return numbers;
  }
};

TEST_F(FullDiskTest, ARunWhoseEventsWereRefusedIsTakenUpAgainAndNobodyGetsItsKeysBefore) {
  const std::string first = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string second = Create({"demo/db"});
  const std::string third = Create({"demo/late"});
  {
    const FullDisk full;
    lifecycle_.End("demo/web");
    Events(first);
    EXPECT_TRUE(HasReason(watched_, Reason::kStoreUnavailable)) << watched_;
    EXPECT_EQ(engine_->Get(first, By("tester"))->state(), v1::RUN_STATE_RUNNING);
    EXPECT_EQ(lifecycle_.started().size(), 1u);
  }
  lifecycle_.AwaitStarts(2);
  lifecycle_.End("demo/web");
  const std::vector<int64_t> numbers = NumbersOf(first);
  const v1::Run run = *engine_->Get(first, By("tester"));
  EXPECT_EQ(run.state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(numbers, UpTo(run.sequence()));
  EXPECT_EQ(lifecycle_.resumes().count("demo/web"), 1u);
  lifecycle_.End("demo/db");
  NumbersOf(second);
  EXPECT_EQ(engine_->Get(second, By("tester"))->state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.End("demo/late");
  NumbersOf(third);
  EXPECT_EQ(lifecycle_.started(),
            (std::vector<std::string>{"demo/web", "demo/web", "demo/db", "demo/late"}));
}

TEST_F(FullDiskTest, ARunThatCannotBeStoredIsRefusedAndNeverStarted) {
  {
    const FullDisk full;
    const auto run = engine_->Create(Request({"demo/web"}), By("tester"));
    EXPECT_TRUE(HasReason(run.status(), Reason::kStoreUnavailable));
    EXPECT_NE(run.status().message().find(directory_), absl::string_view::npos)
        << "it says where: " << run.status();
  }
  Restart();
  EXPECT_EQ(engine_->Counts().queued + engine_->Counts().running, 0);
  EXPECT_TRUE(lifecycle_.started().empty());
}

TEST_F(FullDiskTest, ACancelThatCannotBeStoredIsRefusedAndCanBeAskedForAgain) {
  const std::string id = Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  {
    const FullDisk full;
    for (int i = 0; i < 2; ++i)
      EXPECT_TRUE(
          HasReason(engine_->Cancel(id, false, By("me")).status(), Reason::kStoreUnavailable));
    lifecycle_.End("demo/web");
    Events(id);
  }
  lifecycle_.AwaitStarts(2);
  EXPECT_FALSE(engine_->Get(id, By("tester"))->cancel_requested());
  ASSERT_TRUE(engine_->Cancel(id, false, By("me")).ok());
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_CANCELLED);
}

TEST_F(FullDiskTest, ACancelOfAQueuedRunThatCannotBeStoredIsRefusedAndTheRunStartsLater) {
  Create({"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string queued = Create({"demo/api"});
  Place(queued);
  {
    const FullDisk full;
    EXPECT_TRUE(
        HasReason(engine_->Cancel(queued, false, By("me")).status(), Reason::kStoreUnavailable));
  }
  lifecycle_.End("demo/web");
  lifecycle_.AwaitRunning("demo/api");
  lifecycle_.End("demo/api");
  NumbersOf(queued);
  EXPECT_EQ(engine_->Get(queued, By("tester"))->state(), v1::RUN_STATE_SUCCEEDED);
}

}  // namespace
}  // namespace wheelhouse::runs

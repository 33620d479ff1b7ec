#include "server/kube/http/transfer_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "common/failure.h"
#include "tests/unit/fakes/fault_server.h"

namespace wheelhouse::kube {
namespace {

using Then = FaultServer::Then;

int64_t Threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

class TransferLoopTest : public testing::Test {
 protected:
  // Begins to read what the server says.
  void Start(TransferLoop* loop, const FaultServer& server, const Context& context,
             absl::Duration idle = absl::Hours(1)) {
    Connection connection;
    connection.server = server.url();
    HttpRequest request{.path = "/", .idle_timeout = idle};
    request.on_data = [this](absl::string_view data) {
      Note([&] { data_.append(data.data(), data.size()); });
      return data != "enough";
    };
    loop->Start(context, connection, std::move(request),
                [this](absl::StatusOr<HttpResponse> response) {
                  Note([&] { done_.push_back(std::move(response)); });
                });
  }
  void Note(const std::function<void()>& what) {
    MutexLock lock(&mutex_);
    what();
    changed_.NotifyAll();
  }
  void UntilHeard(size_t bytes) {
    MutexLock lock(&mutex_);
    while (data_.size() < bytes) changed_.Wait(&mutex_);
  }
  absl::StatusOr<HttpResponse> UntilDone() {
    MutexLock lock(&mutex_);
    while (done_.empty()) changed_.Wait(&mutex_);
    return done_.front();
  }

  const Context context_ = Context::Background().WithCancel();
  Mutex mutex_;
  CondVar changed_;
  std::string data_;
  std::vector<absl::StatusOr<HttpResponse>> done_;
};

TEST_F(TransferLoopTest, ManyTransfersAreOneThread) {
  constexpr size_t kMany = 50;
  FaultServer server(
      std::deque<FaultServer::Answer>(kMany, FaultServer::Part("x", Then::kSilence)));
  const int64_t before = Threads();
  TransferLoop loop;
  for (size_t i = 0; i < kMany; ++i) Start(&loop, server, context_);
  UntilHeard(kMany);
  EXPECT_EQ(Threads(), before + 1);
}

TEST_F(TransferLoopTest, ItEndsWithItsContextAndTheOthersGoOn) {
  FaultServer server({FaultServer::Part("x", Then::kSilence),
                      FaultServer::Part("y", Then::kSilence), FaultServer::Whole(200, "z")});
  TransferLoop loop;
  const Context one = context_.WithCancel();
  Start(&loop, server, one);
  UntilHeard(1);
  Start(&loop, server, context_);
  UntilHeard(2);
  one.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  EXPECT_TRUE(HasReason(UntilDone().status(), Reason::kCancelled));
  Start(&loop, server, context_);
  UntilHeard(3);
}

TEST_F(TransferLoopTest, OneThatIsCancelledBeforeItBeginsEnds) {
  FaultServer server({});
  TransferLoop loop;
  const Context ended = context_.WithCancel();
  ended.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  Start(&loop, server, ended);
  EXPECT_TRUE(HasReason(UntilDone().status(), Reason::kCancelled));
}

TEST_F(TransferLoopTest, OneThatReceivesNothingEnds) {
  FaultServer server({FaultServer::Part("x", Then::kSilence)});
  TransferLoop loop;
  Start(&loop, server, context_, absl::Seconds(1));
  EXPECT_TRUE(HasReason(UntilDone().status(), Reason::kClusterUnreachable));
}

TEST_F(TransferLoopTest, AReaderThatHasEnoughAndAnAnswerThatIsWholeAreNoErrors) {
  FaultServer server({FaultServer::Part("enough", Then::kSilence)});
  TransferLoop loop;
  Start(&loop, server, context_);
  EXPECT_EQ(UntilDone()->status, 200);
  FaultServer refuses({FaultServer::Whole(403, "no")});
  done_.clear();
  Start(&loop, refuses, context_);
  EXPECT_EQ(UntilDone()->status, 403);
  EXPECT_EQ(UntilDone()->body, "no");
}

TEST_F(TransferLoopTest, AServerThatIsNotThereIsUnreachable) {
  auto server = std::make_unique<FaultServer>(std::deque<FaultServer::Answer>());
  const std::string url = server->url();
  server.reset();
  TransferLoop loop;
  Connection connection;
  connection.server = url;
  loop.Start(context_, connection, {.path = "/"}, [this](absl::StatusOr<HttpResponse> response) {
    Note([&] { done_.push_back(std::move(response)); });
  });
  EXPECT_TRUE(HasReason(UntilDone().status(), Reason::kClusterUnreachable));
}

TEST_F(TransferLoopTest, AClosedLoopCallsNobody) {
  FaultServer server({FaultServer::Part("x", Then::kSilence)});
  {
    TransferLoop loop;
    Start(&loop, server, context_);
    UntilHeard(1);
  }
  context_.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  EXPECT_TRUE(done_.empty());
}

}  // namespace
}  // namespace wheelhouse::kube

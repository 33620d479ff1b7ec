#include "client/cli/run/submit.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/mutex.h"
#include "tests/unit/fakes/test_folder.h"
#include "wheelhouse/v1/deployer_service.grpc.pb.h"

namespace wheelhouse::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Answers as a daemon whose connection is lost at the worst moments.
class LossyDaemon : public v1::DeployerService::Service {
 public:
  grpc::Status CreateRun(grpc::ServerContext*, const v1::CreateRunRequest* request,
                         v1::CreateRunResponse* response) override {
    MutexLock lock(&mutex_);
    request_ids_.push_back(request->request_id());
    if (lost_answers_-- > 0) return {grpc::StatusCode::UNAVAILABLE, "Socket closed"};
    response->mutable_run()->set_id("01a");
    return grpc::Status::OK;
  }

  grpc::Status RetryRun(grpc::ServerContext*, const v1::RetryRunRequest* request,
                        v1::RetryRunResponse* response) override {
    MutexLock lock(&mutex_);
    request_ids_.push_back(request->request_id());
    if (lost_answers_-- > 0) return {grpc::StatusCode::UNAVAILABLE, "Socket closed"};
    response->mutable_run()->set_id("again of " + request->run_id());
    return grpc::Status::OK;
  }

  // Breaks after the second event; who comes back gets a snapshot, an event again, and the rest.
  grpc::Status WatchRun(grpc::ServerContext*, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override {
    MutexLock lock(&mutex_);
    after_.push_back(request->after_sequence());
    const bool first = after_.size() == 1;
    v1::WatchRunResponse response;
    auto* snapshot = response.mutable_event()->mutable_snapshot();
    snapshot->set_id("01a");
    snapshot->set_sequence(first ? 0 : 3);
    snapshot->set_state(first ? v1::RUN_STATE_RUNNING : v1::RUN_STATE_SUCCEEDED);
    writer->Write(response);
    for (int i = first ? 1 : 2; i <= (first ? 2 : 3); ++i) {
      v1::WatchRunResponse stored;
      stored.mutable_event()->set_sequence(i);
      stored.mutable_event()->mutable_transition()->set_run_state(i < 3 ? v1::RUN_STATE_RUNNING
                                                                        : v1::RUN_STATE_SUCCEEDED);
      writer->Write(stored);
    }
    return first ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "Socket closed") : grpc::Status::OK;
  }

  void LoseAnswers(int count) {
    MutexLock lock(&mutex_);
    lost_answers_ = count;
  }
  std::vector<std::string> request_ids() {
    MutexLock lock(&mutex_);
    return request_ids_;
  }
  std::vector<int64_t> after() {
    MutexLock lock(&mutex_);
    return after_;
  }

 private:
  Mutex mutex_;
  int lost_answers_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> request_ids_ ABSL_GUARDED_BY(mutex_);
  std::vector<int64_t> after_ ABSL_GUARDED_BY(mutex_);
};

class SubmitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.server = "unix://" + folder_.path() + "/s";
    options_.output = "json";
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options_.server, grpc::InsecureServerCredentials());
    builder.RegisterService(&daemon_);
    server_ = builder.BuildAndStart();
  }
  void TearDown() override { server_->Shutdown(); }

  int Go() {
    std::ostringstream out, errors;
    LocalPlan local;
    local.plan.add_charts()->set_action(v1::ACTION_DESTROY);
    local.chart_paths.emplace_back();
    const int exit_code = Submit({options_, out, errors}, std::move(local));
    out_ = out.str();
    errors_ = errors.str();
    return exit_code;
  }

  LossyDaemon daemon_;
  std::unique_ptr<grpc::Server> server_;
  const TestFolder folder_;
  std::string out_, errors_;
  Options options_;
};

TEST_F(SubmitTest, ALostAnswerIsAskedForAgainOnceWithTheSameRequestId) {
  options_.detach = true;
  daemon_.LoseAnswers(1);
  EXPECT_EQ(Go(), 0);
  const auto ids = daemon_.request_ids();
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_EQ(ids[0].size(), 32U);
  daemon_.LoseAnswers(5);
  EXPECT_EQ(Go(), 3);
  EXPECT_EQ(daemon_.request_ids().size(), 4U);
  EXPECT_NE(daemon_.request_ids()[2], ids[0]) << "another request is another run";
}

TEST_F(SubmitTest, ARetryIsAskedForAsARunIs) {
  options_.detach = true;
  options_.output = "text";
  daemon_.LoseAnswers(1);
  std::ostringstream out, errors;
  EXPECT_EQ(SubmitAgain({options_, out, errors}, "01a"), 0);
  EXPECT_EQ(out.str(), "again of 01a\n");
  const auto ids = daemon_.request_ids();
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0], ids[1]);
}

TEST_F(SubmitTest, TheCallersRequestIdIsKept) {
  options_.detach = true;
  options_.request_id = "mine";
  EXPECT_EQ(Go(), 0);
  EXPECT_THAT(daemon_.request_ids(), ElementsAre("mine"));
}

TEST_F(SubmitTest, ALostStreamIsTakenUpAfterTheLastEventAndNothingIsPrintedTwice) {
  EXPECT_EQ(Go(), 0);
  EXPECT_THAT(daemon_.after(), ElementsAre(0, 2));
  int snapshots = 0, events = 0;
  for (size_t at = 0; (at = out_.find("\"snapshot\"", at)) != std::string::npos; ++at) ++snapshots;
  for (size_t at = 0; (at = out_.find("\"sequence\"", at)) != std::string::npos; ++at) ++events;
  EXPECT_EQ(snapshots, 1);
  EXPECT_EQ(events, 3) << out_;
  EXPECT_EQ(std::count(errors_.begin(), errors_.end(), '\n'), 1) << errors_;
  EXPECT_THAT(errors_, HasSubstr("the stream is lost: Socket closed"));
}

TEST_F(SubmitTest, PlainLinesGoOnAfterALostStreamToo) {
  options_.output = "text";
  EXPECT_EQ(Go(), 0);
  EXPECT_THAT(out_, HasSubstr("run 01a on"));
  EXPECT_THAT(out_, HasSubstr("SUCCEEDED in "));
  EXPECT_THAT(errors_, HasSubstr("the stream is lost"));
}

}  // namespace
}  // namespace wheelhouse::cli

// The cases of tests/unit/client/watch_rule.json, which the Go and Python packages are tested with
// as well.
#include "client/cli/run/watch_rule.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "client/cli/run/watch.h"
#include "common/mutex.h"

namespace wheelhouse::cli {
namespace {

using nlohmann::json;

const json& Cases() {
  static const json cases =
      json::parse(std::ifstream(WHEELHOUSE_TESTS "/unit/client/watch_rule.json"));
  return cases;
}

grpc::StatusCode CodeOf(const std::string& name) {
  static const std::map<std::string, grpc::StatusCode> codes = {
      {"OK", grpc::StatusCode::OK},
      {"CANCELLED", grpc::StatusCode::CANCELLED},
      {"DEADLINE_EXCEEDED", grpc::StatusCode::DEADLINE_EXCEEDED},
      {"INTERNAL", grpc::StatusCode::INTERNAL},
      {"NOT_FOUND", grpc::StatusCode::NOT_FOUND},
      {"PERMISSION_DENIED", grpc::StatusCode::PERMISSION_DENIED},
      {"RESOURCE_EXHAUSTED", grpc::StatusCode::RESOURCE_EXHAUSTED},
      {"UNAVAILABLE", grpc::StatusCode::UNAVAILABLE}};
  return codes.at(name);
}

grpc::Status StatusOf(const json& end) {
  const grpc::StatusCode code = CodeOf(end["code"]);
  if (code == grpc::StatusCode::OK) return grpc::Status::OK;
  google::rpc::Status details;
  if (const std::string reason = end["reason"]; !reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_domain("wheelhouse");
    info.set_reason(reason);
    details.add_details()->PackFrom(info);
  }
  return {code, "scripted", details.SerializeAsString()};
}

// `snapshot`, `sync`, `3`, or `3 ended` for the event with which the run ends.
v1::RunEvent EventOf(absl::string_view name) {
  v1::RunEvent event;
  event.set_run_id("01a");
  if (name == "snapshot") {
    event.mutable_snapshot()->set_id("01a");
    event.mutable_snapshot()->set_state(v1::RUN_STATE_RUNNING);
  } else if (name == "sync") {
    event.mutable_sync();
  } else {
    const bool ended = absl::ConsumeSuffix(&name, " ended");
    int64_t sequence = 0;
    EXPECT_TRUE(absl::SimpleAtoi(name, &sequence)) << name;
    event.set_sequence(sequence);
    event.mutable_transition()->set_run_state(ended ? v1::RUN_STATE_SUCCEEDED
                                                    : v1::RUN_STATE_RUNNING);
  }
  return event;
}

std::string NameOf(const v1::RunEvent& event) {
  if (event.has_snapshot()) return "snapshot";
  const bool ended = event.transition().run_state() == v1::RUN_STATE_SUCCEEDED;
  return absl::StrCat(event.sequence(), ended ? " ended" : "");
}

// A daemon that answers WatchRun as the case says.
class ScriptedDaemon : public v1::DeployerService::Service {
 public:
  explicit ScriptedDaemon(const json& streams) : streams_(streams) {}

  grpc::Status WatchRun(grpc::ServerContext*, const v1::WatchRunRequest* request,
                        grpc::ServerWriter<v1::WatchRunResponse>* writer) override {
    MutexLock lock(&mutex_);
    EXPECT_LT(opened_, streams_.size());
    if (opened_ >= streams_.size()) return {grpc::StatusCode::INTERNAL, "one stream too many"};
    const json& stream = streams_[opened_++];
    EXPECT_EQ(request->after_sequence(), stream["after"].get<int64_t>());
    for (const std::string name : stream["sends"]) {
      v1::WatchRunResponse response;
      *response.mutable_event() = EventOf(name);
      writer->Write(response);
    }
    return StatusOf(stream);
  }
  size_t opened() {
    MutexLock lock(&mutex_);
    return opened_;
  }

 private:
  const json& streams_;
  Mutex mutex_;
  size_t opened_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Recorder : public RunPrinter {
 public:
  explicit Recorder(std::vector<std::string>* handed_on) : handed_on_(*handed_on) {}
  void Event(const v1::RunEvent& event, const v1::Run&) override {
    handed_on_.push_back(NameOf(event));
  }
  void Tick(const v1::Run&, absl::Time) override {}
  void Notice(const std::string&) override {}
  void Question(const std::string&) override {}
  void End(const v1::Run&) override {}

 private:
  std::vector<std::string>& handed_on_;
};

TEST(WatchRule, HasTheNumbersOfTheRule) {
  EXPECT_EQ(kPause, absl::Milliseconds(Cases()["pauseMs"].get<int>()));
  EXPECT_EQ(kGiveUpAfter, absl::Milliseconds(Cases()["giveUpAfterMs"].get<int>()));
  EXPECT_EQ(kSilence, absl::Milliseconds(Cases()["silenceMs"].get<int>()));
}

TEST(WatchRule, SaysWhichEndsAreComeBackFrom) {
  for (const json& end : Cases()["ends"]) {
    const absl::Duration lost_for = absl::Milliseconds(end["lostForMs"].get<int>());
    EXPECT_EQ(ComesBack(CodeOf(end["code"]), end["reason"], end["known"], lost_for),
              end["comesBack"].get<bool>())
        << end["case"];
  }
}

TEST(WatchRule, IsWhatAWatchFollows) {
  for (const json& one : Cases()["watches"]) {
    SCOPED_TRACE(one["case"]);
    ScriptedDaemon daemon(one["streams"]);
    grpc::ServerBuilder builder;
    builder.RegisterService(&daemon);
    const auto server = builder.BuildAndStart();
    const Connection connection{
        "scripted",
        v1::DeployerService::NewStub(server->InProcessChannel(grpc::ChannelArguments()))};
    const Options options;
    std::ostringstream out, errors;
    std::vector<std::string> handed_on;
    Interrupt interrupt;
    EXPECT_EQ(WatchToEnd({options, out, errors}, connection, std::make_unique<Recorder>(&handed_on),
                         "01a", &interrupt, Role::kObserver),
              one["exitCode"].get<int>())
        << errors.str();
    // The command line has no use for a sync.
    auto expected = one["handsOn"].get<std::vector<std::string>>();
    std::erase(expected, "sync");
    EXPECT_EQ(handed_on, expected);
    EXPECT_EQ(daemon.opened(), one["streams"].size());
  }
}

}  // namespace
}  // namespace wheelhouse::cli

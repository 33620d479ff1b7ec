#include "server/api/chart_service.h"

#include <absl/synchronization/notification.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "common/failure.h"
#include "tests/unit/fakes/fake_archives.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/api/service_server.h"

namespace wheelhouse::api {
namespace {

class ChartServiceTest : public testing::Test {
 protected:
  ChartServiceTest() { Start({}); }
  ~ChartServiceTest() override { Stop(); }

  void Start(const StreamLimits& limits) {
    Stop();
    streams_ = std::make_unique<OpenStreams>(limits);
    pools_ = std::make_unique<CallPools>();
    service_ = std::make_unique<ChartService>(
        UploadParts{options_, space_, *archives_, clock_, *streams_, *pools_}, finder_,
        Listener{"ops", *pools_});
    stub_ = v1::ChartService::NewStub(server_.Start(*service_));
  }
  // Returns when every call and its work have ended.
  void Stop() {
    server_.Stop();
    pools_.reset();
  }

  struct Upload {
    grpc::ClientContext context;
    v1::UploadChartResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::UploadChartRequest>> writer;

    bool Send(size_t bytes) {
      v1::UploadChartRequest chunk;
      chunk.set_chunk(std::string(bytes, 'x'));
      return writer->Write(chunk);
    }
    bool SendProvenance(const std::string& text, const std::string& chunk = "") {
      v1::UploadChartRequest request;
      request.set_provenance(text);
      request.set_chunk(chunk);
      return writer->Write(request);
    }
    grpc::Status Complete() {
      writer->WritesDone();
      return writer->Finish();
    }
  };
  std::unique_ptr<Upload> Begin() {
    auto upload = std::make_unique<Upload>();
    upload->writer = stub_->UploadChart(&upload->context, &upload->response);
    return upload;
  }
  // What an upload of one chunk is answered.
  std::string Answer(size_t bytes) {
    const auto upload = Begin();
    upload->Send(bytes);
    return ReasonIn(upload->Complete());
  }
  size_t Files() {
    const std::filesystem::directory_iterator files(options_.directory);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
  }
  void AwaitFiles(size_t count) {
    while (Files() != count) std::this_thread::yield();
  }
  // Of all uploads in progress.
  void AwaitBytes(uintmax_t bytes) {
    const auto count = [this] {
      uintmax_t all = 0;
      for (const auto& file : std::filesystem::directory_iterator(options_.directory)) {
        all += file.file_size();
      }
      return all;
    };
    while (count() != bytes) std::this_thread::yield();
  }

  const TestFolder temp_;
  const SystemClock clock_;
  UploadOptions options_ = [this] {
    std::filesystem::create_directory(temp_.path() + "/uploads");
    return UploadOptions{temp_.path() + "/uploads",
                         1000,
                         absl::Hours(24),
                         [](const std::string&) -> absl::StatusOr<helm::Chart> {
                           helm::Chart chart;
                           chart.name = "web";
                           chart.digest = "sha256:" + std::string(64, 'a');
                           return chart;
                         },
                         {.bytes = 1500, .bytes_per_caller = 1200}};
  }();
  UploadSpace space_{options_.space};
  const std::unique_ptr<store::Archives> archives_ =
      *store::Archives::Open(temp_.path() + "/archives", {.quota_bytes = 1 << 20}, clock_);
  const outgoing::ChartSources no_sources_;
  helm::FakeArchives no_charts_;
  FakeProcesses processes_;
  const signatures::Verifier verifier_{{"gpgv", temp_.path(), processes_}};
  const charts::ChartFinder finder_{{no_sources_, no_charts_, temp_.path(), verifier_}};
  std::unique_ptr<OpenStreams> streams_;
  std::unique_ptr<CallPools> pools_;
  std::unique_ptr<ChartService> service_;
  ServiceServer server_;
  std::unique_ptr<v1::ChartService::Stub> stub_;
};

TEST_F(ChartServiceTest, AnArchiveBecomesAChart) {
  const auto upload = Begin();
  EXPECT_TRUE(upload->Send(600));
  EXPECT_TRUE(upload->Send(400));
  EXPECT_TRUE(upload->Complete().ok());
  EXPECT_EQ(upload->response.name(), "web");
  std::shared_ptr<void> pin;
  const auto path =
      archives_->Pin(upload->response.digest(), {"unix:ops", KnownBy::kUnixSocket}, &pin);
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(std::filesystem::file_size(*path), 1000u);
  EXPECT_EQ(Files(), 0u);
}

TEST_F(ChartServiceTest, WhoSignedAnArchiveIsAskedBeforeItIsRead) {
  options_.verify =
      [](const std::string& archive,
         const std::string& provenance) -> absl::StatusOr<std::optional<v1::ChartSignature>> {
    EXPECT_EQ(std::filesystem::file_size(archive), 600u);
    if (provenance != "by me") return MakeFailure(Reason::kChartNotSigned, "it is not");
    v1::ChartSignature signature;
    signature.set_signer("me");
    return signature;
  };
  const auto upload = Begin();
  EXPECT_TRUE(upload->SendProvenance("by me"));
  EXPECT_TRUE(upload->Send(600));
  EXPECT_TRUE(upload->Complete().ok());
  EXPECT_EQ(upload->response.signature().signer(), "me");
  std::shared_ptr<void> pin;
  const Principal by{"unix:ops", KnownBy::kUnixSocket};
  EXPECT_EQ(store::Archives::ProvenanceOf(*archives_->Pin(upload->response.digest(), by, &pin)),
            "by me");
  options_.read_chart = [](const std::string&) -> absl::StatusOr<helm::Chart> {
    ADD_FAILURE() << "what is not signed was read";
    return absl::InternalError("");
  };
  EXPECT_EQ(Answer(600), "CHART_NOT_SIGNED");
}

TEST_F(ChartServiceTest, AnArchiveHasOneProvenanceFileThatIsNotLarge) {
  const auto answer = [this](const std::vector<std::pair<std::string, std::string>>& sent) {
    const auto upload = Begin();
    for (const auto& [text, chunk] : sent) upload->SendProvenance(text, chunk);
    return ReasonIn(upload->Complete());
  };
  EXPECT_EQ(answer({{"one", ""}, {"", "x"}}), "OK");
  EXPECT_EQ(answer({{"one", ""}}), "CHART_INVALID");  // there is no archive
  EXPECT_EQ(answer({{"one", ""}, {"two", ""}, {"", "x"}}), "CHART_INVALID");
  EXPECT_EQ(answer({{"one", "x"}}), "CHART_INVALID");
  EXPECT_EQ(answer({{std::string((512 << 10) + 1, 'x'), ""}, {"", "x"}}), "CHART_INVALID");
  EXPECT_EQ(Files(), 0u);
}

TEST_F(ChartServiceTest, WhatIsTooLargeOrEmptyIsRefused) {
  EXPECT_EQ(Answer(1001), "UPLOAD_TOO_LARGE");
  EXPECT_EQ(Answer(1 << 20), "UPLOAD_TOO_LARGE") << "as large as a chunk may be";
  EXPECT_EQ(Answer((1 << 20) + 1), "CHART_INVALID");
  EXPECT_EQ(Answer(0), "CHART_INVALID");
  EXPECT_EQ(Files(), 0u);
}

// Whoever parses it meets a field that this daemon does not know.
TEST_F(ChartServiceTest, AMessageThatIsLongerThanAnyChunkIsRefusedUnparsed) {
  const auto answer = [this](size_t bytes) {
    const auto upload = Begin();
    v1::UploadChartRequest message;
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(
        1000, std::string(bytes, 'x'));
    upload->writer->Write(message);
    return upload->Complete();
  };
  EXPECT_EQ(ReasonIn(answer(1000)), "NOT_BUILT_YET");
  const grpc::Status refused = answer((1 << 20) + 100);
  EXPECT_EQ(ReasonIn(refused), "CHART_INVALID");
  EXPECT_NE(refused.error_message().find("a chunk has at most 1 MiB"), std::string::npos)
      << refused.error_message();
}

TEST_F(ChartServiceTest, TheFileIsGoneWhenTheClientIs) {
  auto upload = Begin();
  upload->Send(10);
  AwaitFiles(1);
  upload->context.TryCancel();
  (void)upload->writer->Finish();
  AwaitFiles(0);
}

TEST_F(ChartServiceTest, ASilentUploadIsEndedAndItsFileIsGone) {
  Start({.to_send = absl::Milliseconds(50)});
  const auto upload = Begin();
  upload->Send(10);
  EXPECT_EQ(ReasonIn(upload->writer->Finish()), "DEADLINE_EXCEEDED");
  EXPECT_EQ(Files(), 0u);
}

TEST_F(ChartServiceTest, AnUploadThatHasSentItsChunkInTimeIsNotLateWhenTheDaemonIs) {
  Start({.to_send = absl::Hours(1)});
  EXPECT_TRUE(HoldsOnce([this](const auto& wait_for_grpc) {
    const auto upload = Begin();
    upload->Send(10);
    AwaitBytes(10);
    absl::Notification busy, free;
    pools_->uploads.Go("unix:ops", [&] {  // when the upload waits for its next chunk
      busy.Notify();
      free.WaitForNotification();
    });
    busy.WaitForNotification();
    upload->Send(10);
    wait_for_grpc();  // an upload whose chunk it has not handed over is late indeed
    streams_->Tick(SteadyNow() + absl::Hours(2));
    free.Notify();
    const bool completed = upload->Complete().ok();
    AwaitFiles(0);
    return completed;
  }));
}

TEST_F(ChartServiceTest, AnUploadThatDripsIsEnded) {
  Start({.to_upload = absl::Milliseconds(50)});
  const auto upload = Begin();
  while (upload->Send(0)) continue;
  EXPECT_EQ(ReasonIn(upload->writer->Finish()), "DEADLINE_EXCEEDED");
}

TEST_F(ChartServiceTest, ACallerHasOnlySoManyInProgress) {
  Start({.uploads_per_caller = 1});
  const auto upload = Begin();
  upload->Send(10);
  AwaitFiles(1);
  EXPECT_EQ(Answer(10), "CALLER_LIMIT");
  EXPECT_TRUE(upload->Complete().ok());
}

TEST_F(ChartServiceTest, UploadsInProgressTakeOnlySoMuchOfTheDisk) {
  auto first = Begin();
  first->Send(900);
  AwaitBytes(900);
  EXPECT_EQ(Answer(400), "CALLER_LIMIT");
  ASSERT_TRUE(space_.Take("others", 600).ok());
  EXPECT_EQ(Answer(100), "CALLER_LIMIT") << "all of them together";
  space_.Return("others", 600);
  EXPECT_TRUE(first->Complete().ok());
  EXPECT_EQ(Answer(1000), "OK") << "what is complete no longer counts";
}

TEST_F(ChartServiceTest, AChartIsLookedUpWhereTheOperatorAllowsIt) {
  grpc::ClientContext context;
  v1::ResolveChartRequest request;
  request.mutable_source()->mutable_oci()->set_reference("oci://charts.example/web");
  v1::ResolveChartResponse response;
  EXPECT_EQ(ReasonIn(stub_->ResolveChart(&context, request, &response)), "SOURCE_NOT_ALLOWED");
}

}  // namespace
}  // namespace wheelhouse::api

// What all streams have in common, on one that does what the test tells it.
#include "server/api/open_stream.h"

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/failure.h"
#include "server/api/call_pool.h"
#include "server/api/messages.h"
#include "server/api/open_streams.h"
#include "tests/unit/server/api/service_server.h"
#include "wheelhouse/v1/hook_service.grpc.pb.h"

namespace wheelhouse::api {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kMinute = absl::Minutes(1);
constexpr absl::Duration kHour = absl::Hours(1);

absl::Status Late() { return MakeFailure(Reason::kDeadlineExceeded, "it is late"); }
absl::Status Other() { return MakeFailure(Reason::kShuttingDown, "for another reason"); }

class ToldStream;

// What every stream of a test does, on the pool's thread.
struct Orders {
  std::function<void(ToldStream&)> begin = [](ToldStream&) {};  // its first Advance
  std::function<void(ToldStream&)> when_ended = [](ToldStream&) {
  };  // its status is about to be sent
  // What it does at once when something was written; empty: that has to wait for the pool.
  std::function<void(ToldStream&)> at_once;
  std::atomic<int> begun = 0, advanced = 0, ended = 0;
};

class ToldStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public OpenStream {
 public:
  static ToldStream* Start(StreamKind kind, grpc::CallbackServerContext* call, const Principal& by,
                           Orders& orders, OpenStreams& streams, CallPools& pools) {
    auto* stream = new ToldStream(kind, call, by, orders, streams, pools);
    stream->OpenStream::Start(pools.streams, 0);
    return stream;
  }

  using OpenStream::AwaitClient;
  using OpenStream::AwaitNothing;
  using OpenStream::Finish;
  using OpenStream::Gone;

  // As if so much time had passed.
  void Pass(absl::Duration time) { Tick(SteadyNow() + time); }
  void Send() {
    writing_ = true;
    StartWrite(&sent_);
  }

  void OnWriteDone(bool) override {
    writing_ = false;
    WokenHere();
  }
  void OnCancel() override { Gone(); }
  void OnDone() override { Done(); }

 private:
  ToldStream(StreamKind kind, grpc::CallbackServerContext* call, const Principal& by,
             Orders& orders, OpenStreams& streams, CallPools& pools)
      : OpenStream(kind, "Session", call, by, streams, pools.streams), orders_(orders) {}
  ~ToldStream() override = default;

  void Advance() override {
    ++orders_.advanced;
    if (std::exchange(begun_, true)) {
      if (orders_.at_once && !writing_) orders_.at_once(*this);
      return;
    }
    orders_.begin(*this);
    ++orders_.begun;
  }
  bool AdvanceAtOnce() override {
    if (!orders_.at_once) return false;
    if (!writing_) orders_.at_once(*this);
    return true;
  }
  void Release(const absl::Status&) override {
    orders_.when_ended(*this);
    ++orders_.ended;
  }
  void SendStatus(const grpc::Status& status) override {
    grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>::Finish(status);
  }

  Orders& orders_;
  bool begun_ = false;
  std::atomic<bool> writing_ = false;
  const grpc::ByteBuffer sent_ = ToBytes(v1::SessionResponse());
};

// The client says of what kind its stream is, and who it is.
class ToldService final
    : public v1::HookService::WithRawCallbackMethod_Session<v1::HookService::Service> {
 public:
  ToldService(Orders& orders, OpenStreams& streams, CallPools& pools)
      : orders_(orders), streams_(streams), pools_(pools) {}

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Session(
      grpc::CallbackServerContext* call) override {
    const auto said = [call](const char* key) {
      const auto found = call->client_metadata().find(key);
      return found == call->client_metadata().end()
                 ? std::string()
                 : std::string(found->second.data(), found->second.size());
    };
    const StreamKind kind = said("kind") == "upload"  ? StreamKind::kUpload
                            : said("kind") == "hooks" ? StreamKind::kHooks
                                                      : StreamKind::kEvents;
    return ToldStream::Start(kind, call, {said("caller"), KnownBy::kUnixSocket}, orders_, streams_,
                             pools_);
  }

 private:
  Orders& orders_;
  OpenStreams& streams_;
  CallPools& pools_;
};

class OpenStreamTest : public testing::Test {
 protected:
  OpenStreamTest() { Start({}); }
  ~OpenStreamTest() override { Stop(); }

  void Start(const StreamLimits& limits) {
    Stop();
    streams_ = std::make_unique<OpenStreams>(limits);
    pools_ = std::make_unique<CallPools>();
    service_ = std::make_unique<ToldService>(orders_, *streams_, *pools_);
    stub_ = v1::HookService::NewStub(server_.Start(*service_));
  }
  // Returns when every call and its work have ended.
  void Stop() {
    server_.Stop();
    pools_.reset();
  }

  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream;
    v1::SessionResponse response;
  };
  std::unique_ptr<Call> Begin(const std::string& kind = "", const std::string& caller = "ann") {
    auto call = std::make_unique<Call>();
    call->context.AddMetadata("kind", kind);
    call->context.AddMetadata("caller", caller);
    call->stream = stub_->Session(&call->context);
    return call;
  }
  // What ends the stream of a client to which `orders` happens.
  std::string EndOf(std::function<void(ToldStream&)> orders) {
    orders_.begin = std::move(orders);
    return ReasonIn(Begin()->stream->Finish());
  }

  Orders orders_;
  std::unique_ptr<OpenStreams> streams_;
  std::unique_ptr<CallPools> pools_;
  std::unique_ptr<ToldService> service_;
  ServiceServer server_;
  std::unique_ptr<v1::HookService::Stub> stub_;
};

TEST_F(OpenStreamTest, EachKindIsCountedAgainstItsOwnLimitForEachCaller) {
  Start({.streams_per_caller = 3, .uploads_per_caller = 2, .hook_sessions_per_caller = 1});
  const std::vector<std::pair<std::string, int>> kinds = {
      {"events", 3}, {"upload", 2}, {"hooks", 1}};
  std::vector<std::unique_ptr<Call>> open;
  for (const std::string caller : {"ann", "bob"}) {
    for (const auto& [kind, most] : kinds) {
      for (int i = 0; i < most; ++i) open.push_back(Begin(kind, caller));
    }
  }
  while (orders_.begun + orders_.ended < 12) std::this_thread::yield();
  EXPECT_EQ(orders_.begun, 12);

  const auto refusal = [this](const std::string& kind) {
    const grpc::Status refused = Begin(kind)->stream->Finish();
    EXPECT_EQ(ReasonIn(refused), "CALLER_LIMIT") << kind;
    return refused.error_message();
  };
  EXPECT_THAT(refusal("events"), HasSubstr("3 streams of events open, the maximum for one caller "
                                           "(limits.streamsPerCaller)"));
  EXPECT_THAT(refusal("upload"), HasSubstr("2 uploads open, the maximum for one caller "
                                           "(limits.uploadsPerCaller)"));
  EXPECT_THAT(refusal("hooks"), HasSubstr("1 sessions of hook workers open, the maximum for one "
                                          "caller (limits.hookSessionsPerCaller)"));
  for (const auto& call : open) call->context.TryCancel();
}

TEST_F(OpenStreamTest, AClientThatLetsItsTimePassIsEndedForThatReason) {
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.AwaitClient(kHour, Late());
              stream.Pass(kHour + kMinute);
            }),
            "DEADLINE_EXCEEDED");
}

TEST_F(OpenStreamTest, AClientHasAllOfItsTime) {
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.AwaitClient(kHour, Late());
              stream.Pass(kHour - kMinute);
              stream.End(Other());
            }),
            "SHUTTING_DOWN");
}

TEST_F(OpenStreamTest, AClientThatHasActedInTimeHasNoneToLetPass) {
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.AwaitClient(kHour, Late());
              stream.AwaitNothing();
              stream.Pass(kHour + kMinute);
              stream.End(Other());
            }),
            "SHUTTING_DOWN");
}

TEST_F(OpenStreamTest, EachWaitForTheClientBeginsAnew) {
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.AwaitClient(kHour, Late());
              stream.AwaitClient(3 * kHour, Late());
              stream.Pass(2 * kHour);
              stream.End(Other());
            }),
            "SHUTTING_DOWN");
}

TEST_F(OpenStreamTest, TheFirstCauseIsTheOneThatTheClientGets) {
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.End(Other());
              stream.End(Late());
              stream.Gone();
            }),
            "SHUTTING_DOWN");
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.End(Other());
              stream.AwaitClient(kHour, Late());
              stream.Pass(2 * kHour);
            }),
            "SHUTTING_DOWN")
      << "its time passes later";
  EXPECT_EQ(EndOf([](ToldStream& stream) {
              stream.Finish(absl::OkStatus());
              stream.End(Late());
            }),
            "OK");
}

// What is written next when a write is done.
class AtOnceTest : public OpenStreamTest {
 protected:
  // The client of a stream that sends something when it begins.
  std::unique_ptr<Call> Sent() {
    orders_.begin = [](ToldStream& stream) { stream.Send(); };
    auto call = Begin();
    EXPECT_TRUE(call->stream->Read(&call->response));
    return call;
  }
};

TEST_F(AtOnceTest, ItNeedsNoThreadOfThePool) {
  std::atomic<int> sent = 0;
  orders_.at_once = [&](ToldStream& stream) {
    if (++sent < 100) return stream.Send();
    stream.End(Other());
  };
  const auto call = Sent();
  for (int i = 1; i < 100; ++i) EXPECT_TRUE(call->stream->Read(&call->response)) << i;
  EXPECT_FALSE(call->stream->Read(&call->response));
  EXPECT_EQ(ReasonIn(call->stream->Finish()), "SHUTTING_DOWN");
}

TEST_F(AtOnceTest, WhatMayBlockIsDoneOnThePool) {
  const auto call = Sent();
  while (orders_.advanced < 2) std::this_thread::yield();
  call->context.TryCancel();
}

TEST_F(AtOnceTest, AStreamThatIsToEndDoesNothingMore) {
  std::atomic<bool> went_on = false;
  orders_.at_once = [&](ToldStream&) { went_on = true; };
  orders_.begin = [](ToldStream& stream) {
    stream.End(Other());
    stream.Send();
  };
  const auto call = Begin();
  EXPECT_TRUE(call->stream->Read(&call->response));
  EXPECT_EQ(ReasonIn(call->stream->Finish()), "SHUTTING_DOWN");
  Stop();
  EXPECT_FALSE(went_on);
}

// In this process a status is taken once what was sent before it is read.
class StatusTest : public OpenStreamTest {
 protected:
  // A call whose stream has sent something and has ended; `then` happens to it, and its client has
  // read nothing so far.
  std::unique_ptr<Call> Ended(std::function<void(ToldStream&)> then) {
    Start({.to_take_status = kHour});
    orders_.begin = [](ToldStream& stream) {
      stream.Send();
      stream.End(Other());
    };
    orders_.when_ended = std::move(then);
    return Begin();
  }
  // Blocks until nothing is left of any stream.
  void AwaitNone() {
    while (!streams_->Counts().empty()) std::this_thread::yield();
  }
};

TEST_F(StatusTest, AClientHasItsTimeToTakeIt) {
  absl::Notification passed;
  const auto call = Ended([&](ToldStream& stream) {
    stream.Pass(kHour - kMinute);
    passed.Notify();
  });
  passed.WaitForNotification();
  EXPECT_TRUE(call->stream->Read(&call->response));
  EXPECT_FALSE(call->stream->Read(&call->response));
  EXPECT_EQ(ReasonIn(call->stream->Finish()), "SHUTTING_DOWN");
}

TEST_F(StatusTest, AClientThatNeverTakesItIsDropped) {
  const auto call = Ended([](ToldStream& stream) { stream.Pass(kHour + kMinute); });
  while (orders_.begun == 0) std::this_thread::yield();
  AwaitNone();
}

TEST_F(StatusTest, WhatTheClientDoesElseDoesNotStopTheClock) {
  const auto call = Ended([](ToldStream& stream) {
    stream.AwaitNothing();
    stream.Pass(kHour + kMinute);
  });
  while (orders_.begun == 0) std::this_thread::yield();
  AwaitNone();
}

}  // namespace
}  // namespace wheelhouse::api

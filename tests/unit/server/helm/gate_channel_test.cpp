#include "server/helm/gate_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/post_renderer/gate_wire.h"

namespace wheelhouse::helm {
namespace {

using testing::HasSubstr;

class GateChannelTest : public testing::Test {
 protected:
  std::unique_ptr<GateServer> Start() { return *GateServer::Start(context_, gate_); }
  absl::StatusOr<std::string> Ask(const GateServer& server,
                                  const std::optional<std::string>& manifest) {
    const Frame answer = AskGate(server.far_end(), manifest);
    if (answer.kind != FrameKind::kApply) return absl::FailedPreconditionError(answer.body);
    return answer.body;
  }

  const Context context_ = Context::Background().WithCancel();
  Gate gate_ = [](const Context&, std::string manifest) -> absl::StatusOr<std::string> {
    return manifest + "patched";
  };
};

TEST_F(GateChannelTest, TheAnswerIsWhatTheGateSays) {
  const auto server = Start();
  // Larger than what a socket buffers, in both directions.
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(*Ask(*server, large), large + "patched");
  EXPECT_EQ(*Ask(*server, ""), "patched");
  const GateServer::Outcome outcome = server->Finish();
  EXPECT_TRUE(outcome.asked);
  EXPECT_TRUE(outcome.refusal.ok());
}

TEST_F(GateChannelTest, ARefusalReachesBothSides) {
  gate_ = [](const Context&, const std::string&) {
    return MakeFailure(Reason::kCrdInUse, "would lose custom resources");
  };
  const auto server = Start();
  EXPECT_THAT(std::string(Ask(*server, "a").status().message()), HasSubstr("would lose"));
  EXPECT_TRUE(HasReason(server->Finish().refusal, Reason::kCrdInUse));
}

TEST_F(GateChannelTest, WhatIsTooLargeIsRefusedWithoutBeingSentOrCut) {
  {
    const auto server = Start();
    EXPECT_FALSE(Ask(*server, std::nullopt).ok());
    EXPECT_TRUE(HasReason(server->Finish().refusal, Reason::kChartTooLarge));
  }
  gate_ = [](const Context&, const std::string&) { return std::string(kLargestManifest + 1, 'x'); };
  const auto server = Start();
  EXPECT_FALSE(Ask(*server, "a").ok());
  EXPECT_TRUE(HasReason(server->Finish().refusal, Reason::kChartTooLarge));
}

TEST_F(GateChannelTest, AHelmThatNeverAsksOrDiesInTheMiddleHoldsNothingUp) {
  EXPECT_FALSE(Start()->Finish().asked);
  const auto server = Start();
  ASSERT_EQ(write(server->far_end(), "\0\1\0", 3), 3);
  EXPECT_FALSE(server->Finish().asked);
}

TEST_F(GateChannelTest, AGateAtWorkEndsWithHelmAndItsEndIsNoRefusal) {
  const Context begun = Context::Background().WithCancel();
  gate_ = [&](const Context& context, const std::string&) -> absl::StatusOr<std::string> {
    begun.Cancel(absl::CancelledError());
    RETURN_IF_ERROR(context.Sleep(absl::InfiniteDuration()));
    return std::string();
  };
  const auto server = Start();
  std::thread child([&] { EXPECT_FALSE(Ask(*server, "a").ok()); });
  (void)begun.Sleep(absl::InfiniteDuration());
  const GateServer::Outcome outcome = server->Finish();
  child.join();
  EXPECT_TRUE(outcome.asked);
  EXPECT_TRUE(outcome.refusal.ok()) << outcome.refusal;
}

}  // namespace
}  // namespace wheelhouse::helm

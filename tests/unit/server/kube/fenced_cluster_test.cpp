#include "server/kube/fenced_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/failure.h"
#include "server/kube/rest/rest_client.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/fakes/fake_cluster.h"
#include "tests/unit/fakes/fault_server.h"

namespace wheelhouse::kube {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const ObjectId kWeb{{"", "v1", "ConfigMap", "configmaps", true}, "demo", "web"};

class HookedSource final : public ConnectionSource {
 public:
  absl::StatusOr<Connection> Current(const Context&) override {
    if (on_current) on_current();
    return connection;
  }
  bool Renew(const Connection&) override { return false; }
  Connection connection;
  std::function<void()> on_current;
};

class FencedClusterTest : public testing::Test {
 protected:
  FencedClusterTest() { source_.connection.server = server_.url(); }

  static FaultServer::Answer Object() { return FaultServer::Whole(200, "{}"); }

  std::vector<absl::Status> Writes() {
    KubeClient& client = fenced_.client();
    return {client.Create(context_, kWeb, Json::object()).status(),
            client.Apply(context_, kWeb, "{}", {}).status(),
            client.Patch(context_, kWeb, PatchType::kMerge, "{}").status(),
            client.Replace(context_, kWeb, Json::object()).status(),
            client.Delete(context_, kWeb, {}),
            fenced_.AccessForHelm(context_, HelmUse::kWrites).status()};
  }

  const Context context_ = Context::Background();
  FakeBootClock clock_;
  const std::shared_ptr<Fence> fence_ = std::make_shared<Fence>(clock_);
  FaultServer server_{{Object(), Object(), Object(), Object(), Object()}};
  HookedSource source_;
  RestClient client_{source_};
  FakeCluster plain_{client_};
  FencedCluster fenced_{plain_, fence_};
};

TEST_F(FencedClusterTest, RefusesEveryWriteBeforeAnythingIsHeld) {
  for (const absl::Status& status : Writes())
    EXPECT_TRUE(HasReason(status, Reason::kLeaseLost)) << status;
  EXPECT_TRUE(fenced_.AccessForHelm(context_, HelmUse::kReads).ok());
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(FencedClusterTest, LetsReadsAndDryRunsThrough) {
  EXPECT_TRUE(fenced_.client().Get(context_, kWeb).ok());
  EXPECT_TRUE(fenced_.client().Apply(context_, kWeb, "{}", {.dry_run = true}).ok());
}

TEST_F(FencedClusterTest, LetsWritesThroughWhileItIsHeld) {
  fence_->MoveBound(clock_.Now() + absl::Seconds(1));
  for (const absl::Status& status : Writes()) EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(server_.requests(), SizeIs(5));
}

TEST_F(FencedClusterTest, RefusesEveryWritePastTheBound) {
  fence_->MoveBound(clock_.Now() + absl::Seconds(1));
  clock_.Pass(absl::Seconds(1));
  for (const absl::Status& status : Writes())
    EXPECT_TRUE(HasReason(status, Reason::kLeaseLost)) << status;
  EXPECT_THAT(server_.requests(), IsEmpty());
}

// The process is frozen while it prepares the request, in an exec plugin say.
TEST_F(FencedClusterTest, LooksAgainJustBeforeTheRequestGoesOut) {
  fence_->MoveBound(clock_.Now() + absl::Seconds(1));
  source_.on_current = [this] { clock_.Pass(absl::Seconds(2)); };
  const absl::Status status = fenced_.client().Delete(context_, kWeb, {});
  EXPECT_TRUE(HasReason(status, Reason::kLeaseLost)) << status;
  EXPECT_THAT(server_.requests(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::kube

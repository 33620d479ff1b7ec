#include "server/helm/helm_cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "common/failure.h"
#include "server/helm/post_renderer/gate_wire.h"
#include "tests/unit/fakes/fake_cluster.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::helm {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

class HelmCliTest : public ::testing::Test {
 protected:
  HelmCliTest() {
    cluster_.access = {"/etc/kubeconfig", "prod", ""};
    runner_.program = [this](const Context& context,
                             const ProcessSpec& spec) -> absl::StatusOr<ProcessResult> {
      if (spec.argv.at(1) == "version") return ProcessResult{.out = version_};
      if (!spec.descriptors.empty() && post_renders_) {
        const Frame answer = AskGate(spec.descriptors[0], std::string(kRendered));
        if (answer.kind != FrameKind::kApply)
          return ProcessResult{.exit_code = 1, .err = "Error: post-renderer\n"};
        EXPECT_EQ(answer.body, kPatched);
      }
      return helm_(context, spec);
    };
    Install("#!/bin/sh\n");
  }

  // A file that may be executed; runner_ is what answers.
  void Install(const std::string& text) {
    std::filesystem::remove(path_);
    std::ofstream(path_) << text;
    chmod(path_.c_str(), 0755);
  }

  HelmOptions Options(int processes = 8) {
    return {path_, "/state", "/bin/wheelhoused", processes};
  }

  UpgradeRequest Upgrade() {
    UpgradeRequest request;
    request.target = {&cluster_, "demo", "web"};
    request.timeout = absl::Seconds(60);
    request.gate = [this](const Context& context, const std::string& manifest) {
      return gate_(context, manifest);
    };
    return request;
  }

  void AddRecord(int revision, const std::string& status) {
    cluster_.kube.PutRecord("demo", "web", revision, status);
  }

  static constexpr char kRendered[] = "kind: ConfigMap\n", kPatched[] = "kind: Secret\n";

  const TestFolder folder_;
  const std::string path_ = folder_.path() + "/helm";
  std::string version_ = "v4.3.1";  // what helm says that it is
  bool post_renders_ = true;        // whether helm shows what it has rendered
  Gate gate_ = [](const Context&, const std::string& manifest) -> absl::StatusOr<std::string> {
    EXPECT_EQ(manifest, kRendered);
    return kPatched;
  };
  // What helm does but for saying its version, once the gate has let it.
  std::function<absl::StatusOr<ProcessResult>(const Context&, const ProcessSpec&)> helm_ =
      [](const Context&, const ProcessSpec&) { return ProcessResult{}; };
  FakeProcesses runner_;
  kube::FakeCluster cluster_;
};

// The last PUT of the record failed, and helm exits with 0.
TEST_F(HelmCliTest, ASuccessWhoseRecordIsStillPendingIsNone) {
  HelmCli helm(Options(), runner_);
  AddRecord(1, "pending-install");
  const auto revision = helm.Upgrade(Context::Background(), Upgrade(), nullptr);
  EXPECT_TRUE(HasReason(revision.status(), Reason::kHelmFailed));
  EXPECT_THAT(std::string(revision.status().message()), HasSubstr("pending-install"));

  cluster_.kube.Remove(kube::IdOf("Secret", "demo", "sh.helm.release.v1.web.v1"));
  EXPECT_TRUE(HasReason(helm.Upgrade(Context::Background(), Upgrade(), nullptr).status(),
                        Reason::kHelmFailed));
  AddRecord(1, "superseded");
  AddRecord(2, "deployed");
  EXPECT_EQ(*helm.Upgrade(Context::Background(), Upgrade(), nullptr), 2);
}

TEST_F(HelmCliTest, ARemovedHelmIsMissingAndAReplacedOneIsAskedAgain) {
  HelmCli helm(Options(), runner_);
  EXPECT_EQ(helm.Version(Context::Background())->major, 4);
  EXPECT_EQ(helm.Version(Context::Background())->major, 4);
  EXPECT_EQ(runner_.specs().size(), 1u) << "the answer is kept";

  version_ = "v3.22.0";
  Install("#!/bin/sh\n# another\n");
  EXPECT_EQ(helm.Version(Context::Background())->text, "v3.22.0");
  version_ = "v3.17.9";
  Install("#!/bin/sh\n# too old\n");
  EXPECT_TRUE(HasReason(helm.Version(Context::Background()).status(), Reason::kHelmUnsupported));

  std::filesystem::remove(path_);
  EXPECT_TRUE(HasReason(helm.Version(Context::Background()).status(), Reason::kHelmMissing));
  std::filesystem::create_directory(path_);
  EXPECT_TRUE(HasReason(helm.Version(Context::Background()).status(), Reason::kHelmMissing));
}

TEST_F(HelmCliTest, AHelmThatGoesBetweenTwoCallsIsMissing) {
  HelmCli helm(Options(), runner_);
  ASSERT_TRUE(helm.Version(Context::Background()).ok());
  helm_ = [](const Context&, const ProcessSpec&) {
    return absl::NotFoundError("No such file or directory");
  };
  EXPECT_TRUE(HasReason(helm.Upgrade(Context::Background(), Upgrade(), nullptr).status(),
                        Reason::kHelmMissing));
}

TEST_F(HelmCliTest, HelmSeesOnlyWhatItNeedsOfTheEnvironment) {
  setenv("HTTPS_PROXY", "http://proxy.example:3128", 1);
  setenv("HELM_NAMESPACE", "other", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "hunter22", 1);
  HelmCli helm(Options(), runner_);
  cluster_.access.token = "token-of-the-account";
  AddRecord(1, "deployed");
  ASSERT_TRUE(helm.Upgrade(Context::Background(), Upgrade(), nullptr).ok());
  ASSERT_TRUE(helm.Render(Context::Background(), {}).ok());

  // Without a cluster.
  const ProcessSpec upgrade = runner_.specs().at(1), render = runner_.specs().at(2);
  for (const ProcessSpec& spec : {upgrade, render}) {
    EXPECT_THAT(spec.env, Contains(Pair("KUBECACHEDIR", "/state/helm/kube-cache")));
    EXPECT_THAT(spec.env, Contains(Pair("HELM_DRIVER", "secret")));
    EXPECT_THAT(spec.env, Not(Contains(Key("HELM_NAMESPACE"))));
    EXPECT_THAT(spec.env, Not(Contains(Key("AWS_SECRET_ACCESS_KEY"))));
    EXPECT_THAT(spec.argv, Not(Contains(HasSubstr("token-of-the-account"))));
  }
  // Cluster traffic goes as the kubeconfig says; exec plugins find the daemon's own home.
  EXPECT_THAT(upgrade.env, Contains(Pair("HELM_KUBETOKEN", "token-of-the-account")));
  EXPECT_THAT(upgrade.env, Contains(Pair("HOME", std::getenv("HOME"))));
  EXPECT_THAT(upgrade.env, Not(Contains(Key("HTTPS_PROXY"))));
  EXPECT_THAT(render.env, Not(Contains(Key("HELM_KUBETOKEN"))));
  EXPECT_THAT(render.env, Contains(Pair("HOME", "/state")));
  EXPECT_THAT(render.env, Not(Contains(Key("HTTPS_PROXY"))));
  for (const char* name : {"HTTPS_PROXY", "HELM_NAMESPACE", "AWS_SECRET_ACCESS_KEY"})
    unsetenv(name);
}

// Not helm's own echo of it, in which only text is left.
TEST_F(HelmCliTest, ARefusalComesAsTheGateMadeIt) {
  HelmCli helm(Options(), runner_);
  AddRecord(1, "deployed");
  bool applied = false;
  helm_ = [&](const Context&, const ProcessSpec&) {
    applied = true;
    return ProcessResult{};
  };
  gate_ = [](const Context&, const std::string&) {
    return MakeFailure(Reason::kVolumeLoss, "upgrading would lose data", {{"object", "data"}});
  };
  const absl::Status refused = helm.Upgrade(Context::Background(), Upgrade(), nullptr).status();
  EXPECT_TRUE(HasReason(refused, Reason::kVolumeLoss)) << refused;
  EXPECT_EQ(FailureOf(refused).details().at("object"), "data");
  EXPECT_FALSE(applied);
}

TEST_F(HelmCliTest, AHelmThatDoesNotShowWhatItAppliesHasNotSucceeded) {
  HelmCli helm(Options(), runner_);
  AddRecord(1, "deployed");
  post_renders_ = false;
  EXPECT_TRUE(HasReason(helm.Upgrade(Context::Background(), Upgrade(), nullptr).status(),
                        Reason::kHelmFailed));
}

TEST_F(HelmCliTest, AHelmThatFailsAfterTheGateFailsByItsOwnError) {
  HelmCli helm(Options(), runner_);
  helm_ = [](const Context&, const ProcessSpec&) {
    return ProcessResult{.exit_code = 1, .err = "Error: UPGRADE FAILED: timed out waiting\n"};
  };
  const absl::Status failed = helm.Upgrade(Context::Background(), Upgrade(), nullptr).status();
  EXPECT_THAT(std::string(failed.message()), HasSubstr("timed out"));
}

// Killed, for example, while the gate asks the cluster: nobody waits for the answer.
TEST_F(HelmCliTest, AHelmThatEndsEndsTheGate) {
  HelmCli helm(Options(), runner_);
  gate_ = [](const Context& context, const std::string&) -> absl::StatusOr<std::string> {
    return context.Sleep(absl::InfiniteDuration());
  };
  post_renders_ = false;
  helm_ = [](const Context&, const ProcessSpec& spec) {
    // As AskGate does, but without waiting for the answer.
    std::string question(9, '\0');
    EXPECT_EQ(write(spec.descriptors[0], question.data(), question.size()), 9);
    return ProcessResult{.exit_code = 137, .signal = 9, .err = "Error: killed\n"};
  };
  const absl::Status failed = helm.Upgrade(Context::Background(), Upgrade(), nullptr).status();
  EXPECT_TRUE(HasReason(failed, Reason::kHelmFailed)) << failed;
}

TEST_F(HelmCliTest, WhatIsCutOffIsRefused) {
  HelmCli helm(Options(), runner_);
  helm_ = [](const Context&, const ProcessSpec& spec) {
    return ProcessResult{.out = std::string(spec.stdout_limit + 1, 'x')};
  };
  EXPECT_TRUE(HasReason(helm.Render(Context::Background(), {}).status(), Reason::kChartTooLarge));
}

// As the runner ends a helm when its Context has ended.
TEST_F(HelmCliTest, ARenderingThatDoesNotEndIsToldFromARunThatIsEnded) {
  HelmCli helm(Options(), runner_);
  post_renders_ = false;
  helm_ = [](const Context& context, const ProcessSpec&) -> absl::StatusOr<ProcessResult> {
    return context.Sleep(absl::InfiniteDuration());
  };
  for (const auto& [cause, reason] :
       {std::pair(Reason::kStepFailed, Reason::kRenderTimeout),
        std::pair(Reason::kDeadlineExceeded, Reason::kDeadlineExceeded)}) {
    const Context bounded = Context::Background().WithTimeout(
        absl::Milliseconds(20), MakeFailure(cause, "the stage check took longer than 20ms"));
    ASSERT_TRUE(helm.Version(Context::Background()).ok());
    for (kube::Cluster* cluster :
         {static_cast<kube::Cluster*>(nullptr), static_cast<kube::Cluster*>(&cluster_)}) {
      const absl::Status ended =
          helm.Render(bounded, {.release = "web", .ns = "shop", .cluster = cluster}).status();
      EXPECT_TRUE(HasReason(ended, reason)) << ended;
      EXPECT_THAT(std::string(ended.message()), HasSubstr("the stage check took longer"));
    }
  }
}

// Holds every helm until it is let go; counts those that run.
class Barrier {
 public:
  ProcessResult Pass() {
    MutexLock lock(&mutex_);
    most_ = std::max(most_, ++inside_);
    changed_.NotifyAll();
    while (!open_) changed_.Wait(&mutex_);
    --inside_;
    return {};
  }
  void AwaitInside(int count) {
    MutexLock lock(&mutex_);
    while (inside_ < count) changed_.Wait(&mutex_);
  }
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  int most() {
    MutexLock lock(&mutex_);
    return most_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  int most_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST_F(HelmCliTest, NoMoreHelmsRunThanConfigured) {
  Barrier barrier;
  helm_ = [&](const Context&, const ProcessSpec&) { return barrier.Pass(); };
  AddRecord(1, "deployed");
  HelmCli helm(Options(2), runner_);
  std::vector<std::thread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back(
        [&] { EXPECT_TRUE(helm.Upgrade(Context::Background(), Upgrade(), nullptr).ok()); });
  }
  barrier.AwaitInside(2);
  barrier.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(barrier.most(), 2);
}

TEST_F(HelmCliTest, WhoWaitsForASlotStopsWaitingWhenCancelled) {
  Barrier barrier;
  helm_ = [&](const Context&, const ProcessSpec&) { return barrier.Pass(); };
  AddRecord(1, "deployed");
  HelmCli helm(Options(1), runner_);
  std::thread first([&] { (void)helm.Upgrade(Context::Background(), Upgrade(), nullptr); });
  barrier.AwaitInside(1);

  // Again and again: the cancel may come before the waiting.
  for (int i = 0; i < 100; ++i) {
    const Context cancelled = Context::Background().WithCancel();
    const int asked = cluster_.asked;
    absl::Status given_up;
    std::thread second([&] { given_up = helm.Upgrade(cancelled, Upgrade(), nullptr).status(); });
    for (int turns = 0; turns < i % 4; ++turns) std::this_thread::yield();
    cancelled.Cancel(MakeFailure(Reason::kCancelled, "enough"));
    second.join();
    EXPECT_TRUE(HasReason(given_up, Reason::kCancelled));
    EXPECT_EQ(cluster_.asked, asked) << "a token that is fetched now may expire before its turn";
  }

  const Context late = Context::Background().WithTimeout(
      absl::Milliseconds(20), MakeFailure(Reason::kNotReady, "too late"));
  EXPECT_TRUE(HasReason(helm.Upgrade(late, Upgrade(), nullptr).status(), Reason::kNotReady));
  barrier.Open();
  first.join();
}

}  // namespace
}  // namespace wheelhouse::helm

#include "server/kube/rest/open_clusters.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "common/failure.h"
#include "server/kube/rest/kubeconfig.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::kube {
namespace {

class OpenClusterTest : public testing::Test {
 protected:
  static mode_t ModeOf(const std::string& path) {
    struct stat info{};
    return stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  }
  const Context context_ = Context::Background();
  const TestFolder folder_;
  FakeProcesses runner_;
};

TEST_F(OpenClusterTest, GivesTheInClusterAccountToHelmAsAFileWithoutItsToken) {
  setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const std::string account = folder_.path() + "/account", state = folder_.path() + "/state";
  const std::string ca = folder_.Write("account/ca.crt", "-----BEGIN CERTIFICATE-----\n");
  folder_.Write("account/token", "one\n");
  const auto cluster = OpenCluster({.name = "here", .service_account = account}, runner_, state);
  ASSERT_TRUE(cluster.ok()) << cluster.status();

  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto access = (*cluster)->AccessForHelm(context_, HelmUse::kWrites);
      ASSERT_TRUE(access.ok()) << access.status();
      EXPECT_EQ(access->token, "one");
      const auto read = ReadKubeconfig(access->kubeconfig, access->context);
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_EQ(read->server, "https://10.0.0.1:443");
      EXPECT_EQ(read->files.back(), ca);
      EXPECT_EQ(read->token, "");
    });
  }
  for (std::thread& thread : threads) thread.join();
  unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_EQ(ModeOf(state), 0700u);
  EXPECT_EQ(ModeOf(state + "/in-cluster.kubeconfig"), 0600u);

  struct stat first{}, second{};
  stat((state + "/in-cluster.kubeconfig").c_str(), &first);
  folder_.Write("account/token", "two\n");
  setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  EXPECT_EQ((*cluster)->AccessForHelm(context_, HelmUse::kWrites)->token, "two");
  unsetenv("KUBERNETES_SERVICE_HOST");
  stat((state + "/in-cluster.kubeconfig").c_str(), &second);
  EXPECT_EQ(first.st_ino, second.st_ino);  // a helm that reads it is not disturbed
}

TEST_F(OpenClusterTest, GivesAKubeconfigToHelmAsItIs) {
  const std::string path = folder_.Write("kubeconfig",
                                         "contexts: [{name: a, context: {cluster: c}}]\n"
                                         "clusters: [{name: c, cluster: {server: 'https://a'}}]\n");
  const auto cluster = OpenCluster({"prod", path, "a"}, runner_, folder_.path());
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  const auto access = (*cluster)->AccessForHelm(context_, HelmUse::kWrites);
  EXPECT_EQ(access->kubeconfig, path);
  EXPECT_EQ(access->context, "a");
  EXPECT_EQ(access->token, "");
}

TEST_F(OpenClusterTest, AClusterThatCannotBeReadIsNotOpened) {
  const auto cluster = OpenCluster({"prod", folder_.path() + "/absent", ""}, runner_, "");
  EXPECT_TRUE(HasReason(cluster.status(), Reason::kConfigInvalid));
}

TEST_F(OpenClusterTest, OneOfManyThatCannotBeOpenedIsNamed) {
  const auto opened =
      OpenClusters({{.name = "prod", .kubeconfig = "/nowhere/kubeconfig"}}, runner_, "/nowhere", 1);
  EXPECT_TRUE(HasReason(opened.status(), Reason::kConfigInvalid));
  EXPECT_NE(opened.status().message().find("/nowhere/kubeconfig"), absl::string_view::npos);
}

}  // namespace
}  // namespace wheelhouse::kube

// The traps of helm that its command line answers for.
#include "server/helm/helm_argv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/fakes/fake_cluster.h"

namespace wheelhouse::helm {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Not;
using ::testing::StartsWith;

// True when `flag` stands in argv with `value` behind it.
bool Has(const Argv& argv, const std::string& flag, const std::string& value) {
  for (size_t i = 0; i + 1 < argv.size(); ++i) {
    if (argv[i] == flag && argv[i + 1] == value) return true;
  }
  return false;
}

UpgradeRequest Upgrade() {
  UpgradeRequest request;
  request.target.ns = "demo";
  request.target.name = "web";
  request.chart_archive = "/charts/web.tgz";
  request.value_files = {"/tmp/values/0.yaml", "/tmp/values/1.yaml"};
  request.labels = {{"wheelhouse-revision", "3"}, {"wheelhouse-verdict", "null"}};
  request.timeout = absl::Milliseconds(1500);
  return request;
}

class HelmArgv : public ::testing::TestWithParam<int> {
 protected:
  const int major_ = GetParam();
};

TEST_P(HelmArgv, AnUpgradeResetsValuesSkipsCrdsAndNeverRollsBackByItself) {
  const Argv argv = UpgradeArgv(major_, Upgrade());
  EXPECT_THAT(argv, AllOf(Contains("--reset-values"), Contains("--skip-crds"),
                          Contains("--install"), Contains("--hide-notes")));
  EXPECT_THAT(argv,
              Each(AllOf(Not(StartsWith("--atomic")), Not(StartsWith("--rollback-on-failure")),
                         Not(StartsWith("--set")), Not(StartsWith("--debug")),
                         Not(StartsWith("--dependency-update")), Not("-"))));
  EXPECT_TRUE(Has(argv, "--labels", "wheelhouse-revision=3,wheelhouse-verdict=null"));
  EXPECT_TRUE(Has(argv, "--timeout", "2s")) << "helm's own bound never undercuts ours";
}

TEST_P(HelmArgv, ARehearsalIsTheUpgradeAsADryRun) {
  Argv argv = RehearsalArgv(major_, Upgrade());
  ASSERT_EQ(argv.back(), "--dry-run=server");
  argv.pop_back();
  EXPECT_EQ(argv, UpgradeArgv(major_, Upgrade()));
}

TEST_P(HelmArgv, WhatIsUninstalledIsInstalledOverWithoutTheFlagsOfUpgrades) {
  UpgradeRequest request = Upgrade();
  request.over_uninstalled = true;
  const Argv argv = UpgradeArgv(major_, request);
  EXPECT_EQ(argv[0], "install");
  EXPECT_THAT(argv,
              AllOf(Contains("--replace"), Contains("--skip-crds"), Not(Contains("--install")),
                    Not(Contains("--history-max")), Not(Contains("--reset-values"))));
}

TEST_P(HelmArgv, HooksRunUnlessTheyAreNotWanted) {
  UpgradeRequest upgrade = Upgrade();
  UninstallRequest uninstall{upgrade.target};
  RollbackRequest rollback{upgrade.target, 1};
  EXPECT_THAT(UpgradeArgv(major_, upgrade), Not(Contains("--no-hooks")));
  EXPECT_THAT(UninstallArgv(major_, uninstall), Not(Contains("--no-hooks")));
  EXPECT_THAT(RollbackArgv(major_, rollback), Not(Contains("--no-hooks")));
  upgrade.no_hooks = uninstall.no_hooks = rollback.no_hooks = true;
  EXPECT_THAT(UpgradeArgv(major_, upgrade), Contains("--no-hooks"));
  EXPECT_THAT(UninstallArgv(major_, uninstall), Contains("--no-hooks"));
  EXPECT_THAT(RollbackArgv(major_, rollback), Contains("--no-hooks"));
}

TEST_P(HelmArgv, ValuesAreFilesInTheirOrder) {
  const Argv argv = UpgradeArgv(major_, Upgrade());
  Argv files;
  for (size_t i = 0; i + 1 < argv.size(); ++i) {
    if (argv[i] == "--values") files.push_back(argv[i + 1]);
  }
  EXPECT_EQ(files, Upgrade().value_files);
}

TEST_P(HelmArgv, ThePostRendererIsAProgramForHelm3AndAPluginForHelm4) {
  const Argv argv = PostRendererArgv(major_, "/bin/program");
  EXPECT_TRUE(Has(argv, "--post-renderer", major_ == 3 ? "/bin/program" : "wheelhouse-gate"));
}

TEST_P(HelmArgv, ForceIsWhatTheMajorCallsIt) {
  UpgradeRequest request = Upgrade();
  request.force = true;
  request.force_conflicts = true;
  const Argv argv = UpgradeArgv(major_, request);
  if (major_ == 3) {
    EXPECT_THAT(argv, AllOf(Contains("--force"), Each(Not(StartsWith("--server-side")))));
  } else {
    EXPECT_THAT(argv, AllOf(Contains("--force-replace"), Contains("--server-side=false"),
                            Not(Contains("--force-conflicts"))));
  }
}

TEST_P(HelmArgv, ForcedConflictsNeedServerSideApply) {
  UpgradeRequest upgrade = Upgrade();
  RollbackRequest rollback;
  EXPECT_THAT(UpgradeArgv(major_, upgrade), Each(Not(StartsWith("--server-side"))));
  EXPECT_THAT(RollbackArgv(major_, rollback), Each(Not(StartsWith("--server-side"))));
  upgrade.force_conflicts = true;
  rollback.force_conflicts = true;
  for (const Argv& argv : {UpgradeArgv(major_, upgrade), RollbackArgv(major_, rollback)}) {
    EXPECT_EQ(std::ranges::count(argv, "--force-conflicts"), major_ == 3 ? 0 : 1);
    EXPECT_EQ(std::ranges::count(argv, "--server-side=true"), major_ == 3 ? 0 : 1);
  }
}

TEST_P(HelmArgv, WaitingIsWhatTheMajorCallsIt) {
  UpgradeRequest request = Upgrade();
  EXPECT_THAT(UpgradeArgv(major_, request), Contains(major_ == 3 ? "--wait" : "--wait=watcher"));
  request.wait = false;
  const Argv argv = UpgradeArgv(major_, request);
  if (major_ == 3) {
    EXPECT_THAT(argv, Each(Not(StartsWith("--wait"))));
  } else {
    EXPECT_THAT(argv, AllOf(Contains("--wait=hookOnly"), Not(Contains("--wait-for-jobs"))));
  }
}

TEST_P(HelmArgv, OnlyHelm4LeavesValidationToTheServer) {
  EXPECT_EQ(std::ranges::count(UpgradeArgv(major_, Upgrade()), "--disable-openapi-validation"),
            major_ == 4 ? 1 : 0);
}

TEST_P(HelmArgv, AnUninstallIsInTheForegroundAndAnAbsentReleaseIsAnError) {
  UninstallRequest request;
  const Argv argv = UninstallArgv(major_, request);
  EXPECT_TRUE(Has(argv, "--cascade", "foreground"));
  EXPECT_THAT(argv, AllOf(Not(Contains("--ignore-not-found")), Not(Contains("--keep-history"))));
  EXPECT_THAT(argv, Contains(major_ == 3 ? "--wait" : "--wait=legacy"));
  request.keep_history = true;
  EXPECT_THAT(UninstallArgv(major_, request), Contains("--keep-history"));
}

TEST_P(HelmArgv, ARollbackNamesItsRevision) {
  RollbackRequest request;
  request.target.name = "web";
  request.revision = 7;
  const Argv argv = RollbackArgv(major_, request);
  EXPECT_EQ((Argv{argv[0], argv[1], argv[2]}), (Argv{"rollback", "web", "7"}));
}

TEST_P(HelmArgv, ARenderStaysAwayFromTheClusterUnlessItIsGivenOne) {
  RenderRequest request{.release = "web", .ns = "demo", .kube_version = "v1.37.2"};
  request.api_versions = {"apps/v1", "apps/v1/Deployment"};
  const Argv argv = RenderArgv(major_, request);
  EXPECT_EQ(argv[0], "template");
  EXPECT_TRUE(Has(argv, "--kube-version", "v1.37.2"));
  EXPECT_THAT(argv, Contains("--api-versions=apps/v1,apps/v1/Deployment"));
  EXPECT_THAT(argv, Each(AllOf(Not(StartsWith("--validate")), Not(StartsWith("--dry-run")))));
  kube::FakeCluster cluster;
  request.cluster = &cluster;
  EXPECT_THAT(RenderArgv(major_, request),
              AllOf(Contains("--dry-run=server"), Not(Contains("--kube-version"))));
}

INSTANTIATE_TEST_SUITE_P(Majors, HelmArgv, ::testing::Values(3, 4));

TEST(HelmTestArgv, NamesFiltersAndNeverAsksForLogs) {
  TestRequest request;
  request.target.ns = "demo";
  request.target.name = "web";
  request.names = {"web-a", "web-b"};
  request.timeout = absl::Seconds(5);
  EXPECT_THAT(TestArgv(request),
              ::testing::ElementsAre("test", "web", "--namespace", "demo", "--timeout", "5s",
                                     "--filter", "name=web-a", "--filter", "name=web-b"));
}

}  // namespace
}  // namespace wheelhouse::helm

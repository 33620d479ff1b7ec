#include "client/cli/plan/lock_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LockedChart Repository(const std::string& release, const std::string& wanted,
                       const std::string& version) {
  LockedChart chart{release, {}, {}, version, "sha256:" + std::string(64, 'a')};
  auto* repository = chart.wanted.mutable_repository();
  repository->set_url("https://charts.example");
  repository->set_name("web");
  repository->set_version(wanted);
  return chart;
}

LockedChart Oci(const std::string& release, const std::string& wanted, const std::string& version) {
  LockedChart chart{release, {}, {}, version, "sha256:" + std::string(64, 'b')};
  chart.wanted.mutable_oci()->set_reference("oci://ghcr.example/charts/web");
  chart.wanted.mutable_oci()->set_version(wanted);
  return chart;
}

// The descriptions, each with its place.
std::vector<std::string> Wrong(const absl::Status& status) {
  std::vector<std::string> all;
  for (const FieldViolation& violation : ViolationsOf(status))
    all.push_back(violation.field + " " + violation.description);
  return all;
}

TEST(LockFile, IsReadAsItWasWrittenAndDoesNotDependOnTheOrder) {
  const PlanLock lock = {Repository("b/web", ">=1 <2", "1.10"), Oci("a/web", "", "1e3"),
                         Repository("b/web", "", "2.0.0")};
  const std::string text = LockText(lock, "plans/prod.yaml");
  EXPECT_THAT(text, HasSubstr("plan lock -f prod.yaml"));
  EXPECT_EQ(text, LockText({lock[2], lock[0], lock[1]}, "plans/prod.yaml"));
  const auto read = ParseLock(text, "prod.yaml.lock");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 3u);
  for (const LockedChart& chart : lock) {
    const LockedChart* found = FindLocked(*read, chart);
    ASSERT_NE(found, nullptr) << WantedText(chart);
    EXPECT_EQ(found->version, chart.version);
    EXPECT_EQ(found->digest, chart.digest);
  }
  EXPECT_EQ(FindLocked(*read, Repository("b/web", "^2", "")), nullptr);
  EXPECT_EQ(FindLocked(*read, Oci("b/web", "", "")), nullptr);
}

TEST(LockFile, MistakesAreWhereTheyAre) {
  EXPECT_THAT(Wrong(ParseLock("charts: []\n", "l").status()),
              ElementsAre(HasSubstr("l:1:1 is no lock file")));
  EXPECT_THAT(Wrong(ParseLock("lockVersion: 2\ncharts: []\n", "l").status()),
              ElementsAre(HasSubstr("l:1:1 is no lock file")));
  EXPECT_THAT(Wrong(ParseLock("lockVersion: 1\n"
                              "charts:\n"
                              "- {release: a/b, oci: x, version: 1.0.0, digest: []}\n"
                              "- web\n",
                              "l")
                        .status()),
              ElementsAre(HasSubstr("l:3:50 digest: expected a text"),
                          HasSubstr("l:4:3 expected a mapping")));
}

class UseLockTest : public testing::Test {
 protected:
  UseLockTest() { std::remove((file_ + ".lock").c_str()); }

  void Lock(const PlanLock& lock) { std::ofstream(file_ + ".lock") << LockText(lock, file_); }
  // The plan's charts after the lock file was used.
  absl::Status Use(bool required = false) { return UseLock(file_, required, &plan_); }
  void AddChart(const LockedChart& wanted) {
    v1::ChartInfo* chart = plan_.plan.add_charts();
    chart->set_namespace_(wanted.release.substr(0, wanted.release.find('/')));
    chart->set_name(wanted.release.substr(wanted.release.find('/') + 1));
    *chart->mutable_chart() = wanted.wanted;
    plan_.locations["charts[" + std::to_string(plan_.plan.charts_size() - 1) + "]"] =
        "plan.yaml:7:3";
  }

  const std::string file_ = testing::TempDir() + "lock_file_plan.yaml";
  LocalPlan plan_;
};

TEST_F(UseLockTest, TheChartGetsTheVersionAndTheDigest) {
  AddChart(Oci("a/web", "^1", ""));
  Lock({Oci("a/web", "^1", "1.2.3")});
  ASSERT_EQ(Use(true), absl::OkStatus());
  EXPECT_EQ(plan_.plan.charts(0).chart().oci().version(), "1.2.3");
  EXPECT_EQ(plan_.plan.charts(0).chart().oci().digest(), "sha256:" + std::string(64, 'b'));
}

TEST_F(UseLockTest, AnotherRangeOrSourceIsStale) {
  AddChart(Repository("a/web", "^2", ""));
  Lock({Repository("a/web", "^1", "1.2.3")});
  EXPECT_THAT(Wrong(Use()), ElementsAre(HasSubstr("plan.yaml:7:3 charts[0].chart: ")));
  EXPECT_EQ(plan_.plan.charts(0).chart().repository().version(), "^2");
  Lock({Oci("a/web", "^2", "2.0.0")});
  EXPECT_FALSE(Use().ok());
  Lock({Repository("b/web", "^1", "1.2.3")});
  EXPECT_EQ(Use(), absl::OkStatus());
  EXPECT_THAT(Wrong(Use(true)), ElementsAre(HasSubstr("does not have a/web")));
}

TEST_F(UseLockTest, WhatThePlanPinsItselfNeedsNoLockFile) {
  LockedChart pinned = Oci("a/web", "1.0.0", "");
  pinned.wanted.mutable_oci()->set_digest("sha256:" + std::string(64, 'c'));
  AddChart(pinned);
  EXPECT_FALSE(ToLock(plan_, 0).has_value());
  EXPECT_EQ(Use(true), absl::OkStatus());
  EXPECT_EQ(plan_.plan.charts(0).chart().oci().digest(), "sha256:" + std::string(64, 'c'));
}

TEST_F(UseLockTest, ABranchIsAlwaysLocked) {
  AddChart({"a/web", {}, {}, "", ""});
  const GitChart branch{"https://git.example/shop", "", "charts/web", "main"};
  plan_.git_charts[0] = branch;
  EXPECT_THAT(Wrong(Use()), ElementsAre(HasSubstr("does not have a/web (charts/web main of ")));
  const std::string commit(40, 'd');
  Lock({{"a/web", {}, branch, commit, ""}});
  ASSERT_EQ(Use(), absl::OkStatus());
  EXPECT_EQ(plan_.git_charts[0].commit, commit);
  plan_.git_charts[0].ref = "stable";
  EXPECT_FALSE(Use().ok());
  plan_.git_charts[0] = {branch.url, commit, branch.path, ""};
  EXPECT_EQ(Use(true), absl::OkStatus()) << "a commit needs no lock file";
}

}  // namespace
}  // namespace wheelhouse::cli

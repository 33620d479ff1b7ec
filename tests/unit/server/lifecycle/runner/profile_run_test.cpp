// A chart that is taken through its stages with a profile.
#include <gtest/gtest.h>

#include "server/lifecycle/runner/chart_lifecycle.h"
#include "server/plan/profiles.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

class ProfileRunTest : public testing::Test {
 protected:
  ProfileRunTest() {
    around_.archives.path = testing::TempDir() + "/profile-run.tgz";
    WriteChart(around_.archives.path);  // web 1.0.0
    const auto profile = plan::ReadProfile(
        "name: web\ncharts: [web]\nversions: '<2.0.0'\nchart: {wait: false}\n", "p.yaml");
    EXPECT_TRUE(profile.ok()) << profile.status();
    EXPECT_TRUE(around_.services.profiles.Add(*profile, "p.yaml").ok());
  }
  ChartOutcome Run(const std::string& profile) {
    around_.info.set_profile(profile);
    around_.info.set_dry_run(true);
    return ChartLifecycle(around_.services)
        .RunChart(around_.Request(), around_.bounds, around_.before_first_change, around_.journal);
  }
  std::string ChartStep() const {
    for (const v1::Transition& told : around_.journal.transitions) {
      if (told.step() == "chart" && told.state() != v1::STATE_RUNNING) return told.outcome();
    }
    return "";
  }
  Surroundings around_;
};

TEST_F(ProfileRunTest, SaysWhichProfileWasTaken) {
  EXPECT_EQ(Run("web").state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(ChartStep(), "web 1.0.0, by the profile web");
}

TEST_F(ProfileRunTest, SaysThatNoneWas) {
  EXPECT_EQ(Run("auto").state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(ChartStep(), "web 1.0.0; no profile matches it");
}

TEST_F(ProfileRunTest, AProfileOfOtherVersionsIsRefused) {
  WriteChart(around_.archives.path, "apiVersion: v2\nname: web\nversion: 2.1.0\n");
  const ChartOutcome outcome = Run("web");
  EXPECT_EQ(outcome.failure.reason(), "PLAN_INVALID");
  EXPECT_EQ(outcome.failure.step(), "chart");
  EXPECT_EQ(outcome.failure.message(),
            "the profile web applies to the versions <2.0.0 of its chart, not to web 2.1.0; name "
            "another profile, or none");
}

}  // namespace
}  // namespace wheelhouse::lifecycle

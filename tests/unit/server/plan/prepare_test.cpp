#include "server/lifecycle/profiles/plan_profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/chart_lifecycle.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/fakes.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;

class PlanProfilesTest : public testing::Test {
 protected:
  PlanProfilesTest() {
    archives_.path = testing::TempDir() + "/plan-profiles.tgz";
    WriteChart(archives_.path);  // web 1.0.0
    Add("name: web\ncharts: [web]\nversions: '<2.0.0'\nchart: {wait: false}\n");
    Add("name: podinfo\ncharts: [podinfo]\nchart: {wait: false}\n");
    chart_ = plan_.add_charts();
    chart_->set_name("release");
    chart_->set_namespace_("shop");
    chart_->mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
  }
  void Add(const std::string& text) {
    const auto profile = ReadProfile(text, "p.yaml");
    ASSERT_TRUE(profile.ok()) << profile.status();
    ASSERT_TRUE(profiles_.Add(*profile, "p.yaml").ok());
  }
  absl::StatusOr<ExpandedPlan> Put(const std::string& profile) {
    chart_->set_profile(profile);
    return PutProfilesIn(plan_, "ann", profiles_, archives_);
  }
  // The profile that was put into the chart, whose `wait` is off then.
  std::string Taken(const std::string& profile) {
    const auto made = Put(profile);
    if (!made.ok()) return std::string(made.status().message());
    const v1::ChartInfo& chart = made->plan.charts(0);
    EXPECT_EQ(chart.has_wait(), !made->profile_digests[0].empty());
    return chart.has_wait() ? chart.profile() : "";
  }

  FakeArchives archives_;
  Profiles profiles_;
  v1::Plan plan_;
  v1::ChartInfo* chart_ = nullptr;
};

TEST_F(PlanProfilesTest, NoneByDefaultAndOneByName) {
  EXPECT_EQ(Taken(""), "");
  EXPECT_EQ(Taken("podinfo"), "podinfo");
}

TEST_F(PlanProfilesTest, AutoTakesTheOneForTheUploadedChartsNameAndVersion) {
  EXPECT_EQ(Taken("auto"), "web");
  WriteChart(archives_.path, "apiVersion: v2\nname: web\nversion: 2.0.0\n");
  EXPECT_EQ(Taken("auto"), "");
}

TEST_F(PlanProfilesTest, AutoTakesTheOneForTheNameOfAChartThatIsPulledLater) {
  chart_->mutable_chart()->mutable_oci()->set_reference(
      "oci://ghcr.io/stefanprodan/charts/podinfo");
  EXPECT_EQ(Taken("auto"), "podinfo");
  chart_->mutable_chart()->mutable_repository()->set_url("https://charts.example");
  chart_->mutable_chart()->mutable_repository()->set_name("web");
  EXPECT_EQ(Taken("auto"), "web");
}

TEST_F(PlanProfilesTest, AnUnknownNameIsRefusedWithTheNearest) {
  const absl::Status status = Put("podinfos").status();
  EXPECT_TRUE(HasReason(status, Reason::kPlanInvalid));
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "plan.charts[0].profile");
  EXPECT_THAT(ViolationsOf(status)[0].description,
              HasSubstr("there is no profile podinfos; did you mean podinfo?"));
  EXPECT_THAT(Taken("x"), HasSubstr("known are podinfo, web"));
}

TEST_F(PlanProfilesTest, AutoNeedsAChart) {
  chart_->set_action(v1::ACTION_DESTROY);
  chart_->clear_chart();
  EXPECT_THAT(Taken("auto"), HasSubstr("plan.charts[0].profile: is auto, which needs a chart"));
  EXPECT_EQ(Taken("web"), "web");
}

TEST_F(PlanProfilesTest, AWishToDeleteCrdsThatNobodyNamesIsAnError) {
  Add("name: sails\nchart:\n  stages:\n    postExec:\n      after:\n      - name: delete\n"
      "        when: {actions: [DESTROY]}\n"
      "        crds: {delete: {names: [sails.sandbox.wheelhouse]}}\n");
  chart_->set_action(v1::ACTION_DESTROY);
  chart_->set_delete_crds(true);
  EXPECT_TRUE(Put("web").ok()) << "the chart may bring some: " << Put("web").status();
  chart_->clear_chart();
  EXPECT_THAT(Taken("web"), HasSubstr("plan.charts[0].delete_crds: needs to know which"));
  EXPECT_TRUE(Put("sails").ok()) << Put("sails").status();
}

TEST_F(PlanProfilesTest, AChartThatIsNotThereIsTheErrorItIs) {
  archives_.path = "/nowhere";
  EXPECT_TRUE(HasReason(Put("auto").status(), Reason::kChartInvalid)) << Put("auto").status();
}

// A chart that is taken through its stages with a profile.
class ProfileRunTest : public PlanProfilesTest {
 protected:
  ChartOutcome Run(const std::string& profile) {
    around_.archives.path = archives_.path;
    around_.info.set_profile(profile);
    around_.info.set_dry_run(true);
    around_.services.profiles = profiles_;
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
  EXPECT_EQ(ChartStep(), "web 1.0.0; no profile is for it");
}

TEST_F(ProfileRunTest, AProfileOfOtherVersionsIsRefused) {
  WriteChart(archives_.path, "apiVersion: v2\nname: web\nversion: 2.1.0\n");
  const ChartOutcome outcome = Run("web");
  EXPECT_EQ(outcome.failure.reason(), "PLAN_INVALID");
  EXPECT_EQ(outcome.failure.step(), "chart");
  EXPECT_EQ(outcome.failure.message(),
            "the profile web is for the versions <2.0.0 of its chart, and not for web 2.1.0; name "
            "another profile, or none");
}

}  // namespace
}  // namespace wheelhouse::lifecycle

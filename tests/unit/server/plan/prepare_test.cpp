#include "server/plan/prepare.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PrepareTest : public testing::Test {
 protected:
  PrepareTest() {
    Add("name: web\ncharts: [web]\nversions: '<2.0.0'\nchart: {wait: false}\n");
    Add("name: podinfo\ncharts: [podinfo]\nchart: {wait: false}\n");
    chart_ = AddChart("release");
  }
  v1::ChartInfo* AddChart(const std::string& name) {
    v1::ChartInfo* chart = plan_.add_charts();
    chart->set_name(name);
    chart->set_namespace_("shop");
    chart->mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
    return chart;
  }
  void Add(const std::string& text) {
    const auto profile = ReadProfile(text, "p.yaml");
    ASSERT_TRUE(profile.ok()) << profile.status();
    ASSERT_TRUE(profiles_.Add(*profile, "p.yaml").ok());
  }
  // Sets fields of the chart, as text.
  void Set(const std::string& text) {
    v1::ChartInfo more;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &more)) << text;
    chart_->MergeFrom(more);
  }
  absl::StatusOr<PreparedPlan> Put(const std::string& profile) {
    chart_->set_profile(profile);
    return Prepare(plan_, profiles_, allowed_, [this](const std::string& digest) {
      identified_.push_back(digest);
      return uploaded_;
    });
  }
  // The profile that was put into the chart, whose `wait` is off then.
  std::string Taken(const std::string& profile) {
    const auto made = Put(profile);
    if (!made.ok()) return std::string(made.status().message());
    const v1::ChartInfo& chart = made->plan.charts(0);
    EXPECT_EQ(chart.wait(), made->profile_digests[0].empty());
    return chart.wait() ? "" : chart.profile();
  }
  // The fields of its violations.
  std::vector<std::string> ViolationsWith(const std::string& profile) {
    const absl::Status status = Put(profile).status();
    EXPECT_TRUE(HasReason(status, Reason::kPlanInvalid)) << status;
    std::vector<std::string> fields;
    for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
    return fields;
  }

  absl::StatusOr<ChartIdentity> uploaded_ = ChartIdentity{"web", "1.0.0"};
  std::vector<std::string> identified_;  // digests
  Profiles profiles_;
  Allowed allowed_;
  v1::Plan plan_;
  v1::ChartInfo* chart_ = nullptr;
};

TEST_F(PrepareTest, NoneByDefaultAndOneByName) {
  EXPECT_EQ(Taken(""), "");
  EXPECT_EQ(Taken("podinfo"), "podinfo");
}

TEST_F(PrepareTest, WhatComesOutHasItsDefaults) {
  Set("stages { post_exec { after { wait_for { objects { kind: 'A' name: 'a' } ready {} } } } }");
  const auto made = Put("");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->plan.charts(0).action(), v1::ACTION_DEPLOY);
  EXPECT_EQ(made->plan.charts(0).stages().post_exec().after(0).name(), "waitFor-1");
  EXPECT_THAT(made->profile_digests, ElementsAre(""));
}

TEST_F(PrepareTest, WhatAsksForMoreThanTheOperatorAllowsIsRefusedWithEveryField) {
  allowed_.maxima = {absl::Hours(1), absl::Hours(2), 10, 1, 500, false};
  Set("timeout { seconds: 3601 } failure_timeout { seconds: 9000 }"
      "stages { post_exec { timeout { seconds: 3601 }"
      "  before { timeout { seconds: 7200 } restart { objects { kind: 'Deployment' name: 'a' } } }"
      "  after { restart { objects { kind: 'Deployment' name: 'b' } } } } }");
  plan_.mutable_deadline()->set_seconds(7201);
  plan_.set_priority(11);
  plan_.set_exclusive(true);
  const absl::Status status = Put("").status();
  EXPECT_TRUE(HasReason(status, Reason::kOptionNotAllowed)) << status;
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(status)) fields.push_back(violation.field);
  const std::string chart = "plan.charts[0].";
  EXPECT_THAT(fields, testing::UnorderedElementsAre(
                          "plan.deadline", "plan.priority", "plan.exclusive", chart + "timeout",
                          chart + "failure_timeout", chart + "stages.post_exec",
                          chart + "stages.post_exec.timeout",
                          chart + "stages.post_exec.before[0].timeout"));
  EXPECT_THAT(ViolationsOf(status)[0].description,
              "is 2h1s, but this daemon allows at most 2h (maxima.deadline).");
}

TEST_F(PrepareTest, WhatIsAtTheOperatorsMaximaIsAllowed) {
  allowed_.maxima = {absl::Hours(1), absl::Hours(2), 10, 0, 1, true};
  Set("timeout { seconds: 3600 } stages { validate { timeout { seconds: 3600 } } }");
  plan_.mutable_deadline()->set_seconds(7200);
  plan_.set_priority(10);
  plan_.set_exclusive(true);
  EXPECT_EQ(Put("").status(), absl::OkStatus());
  AddChart("another");
  EXPECT_THAT(std::string(Put("").status().message()),
              HasSubstr("plan.charts: has 2 charts, but this daemon allows at most 1"));
}

TEST_F(PrepareTest, DefaultsAreLoweredToTheOperatorsMaxima) {
  allowed_.maxima.timeout = absl::Minutes(2);
  allowed_.maxima.deadline = absl::Hours(3);
  const auto made = Put("");
  ASSERT_TRUE(made.ok()) << made.status();
  const v1::ChartInfo& chart = made->plan.charts(0);
  EXPECT_EQ(made->plan.deadline().seconds(), 3 * 3600);
  EXPECT_EQ(chart.timeout().seconds(), 120);
  EXPECT_EQ(chart.failure_timeout().seconds(), 120);
  EXPECT_EQ(chart.stages().validate().timeout().seconds(), 120);
  EXPECT_EQ(chart.stages().check_prerequisites().timeout().seconds(), 60);
  EXPECT_EQ(CheckPrepared(made->plan, allowed_), absl::OkStatus());
}

TEST_F(PrepareTest, AChartThatMayNotBeFetchedIsRefusedAtItsField) {
  allowed_.source = [](const v1::ChartSource& source) {
    return source.has_oci() ? MakeFailure(Reason::kSourceNotAllowed, "not from there")
                            : absl::OkStatus();
  };
  EXPECT_EQ(Put("").status(), absl::OkStatus());
  AddChart("fetched")->mutable_chart()->mutable_oci()->set_reference("oci://ghcr.io/org/web");
  const absl::Status status = Put("").status();
  EXPECT_TRUE(HasReason(status, Reason::kSourceNotAllowed)) << status;
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "plan.charts[1].chart");
  EXPECT_EQ(ViolationsOf(status)[0].description, "not from there");
}

TEST_F(PrepareTest, AChartThatNobodyIsTrustedToSignIsRefusedForThat) {
  allowed_.source = [](const v1::ChartSource&) {
    return MakeFailure(Reason::kNoTrustedKeys, "name the keys");
  };
  EXPECT_TRUE(HasReason(Put("").status(), Reason::kNoTrustedKeys));
}

TEST_F(PrepareTest, APreparedPlanIsAskedAgainWhenTheMaximaMayHaveChanged) {
  const auto made = Put("");
  ASSERT_TRUE(made.ok());
  allowed_.maxima.timeout = absl::Minutes(2);
  EXPECT_TRUE(HasReason(CheckPrepared(made->plan, allowed_), Reason::kOptionNotAllowed));
}

TEST_F(PrepareTest, AutoTakesTheOneForTheUploadedChartsNameAndVersion) {
  EXPECT_EQ(Taken("auto"), "web");
  EXPECT_THAT(identified_, ElementsAre("sha256:" + std::string(64, 'a')));
  uploaded_ = ChartIdentity{"web", "2.0.0"};
  EXPECT_EQ(Taken("auto"), "");
}

TEST_F(PrepareTest, AutoTakesTheOneForTheNameOfAChartThatIsPulledLater) {
  chart_->mutable_chart()->mutable_oci()->set_reference(
      "oci://ghcr.io/stefanprodan/charts/podinfo");
  EXPECT_EQ(Taken("auto"), "podinfo");
  chart_->mutable_chart()->mutable_repository()->set_url("https://charts.example");
  chart_->mutable_chart()->mutable_repository()->set_name("web");
  EXPECT_EQ(Taken("auto"), "web");
  EXPECT_THAT(identified_, IsEmpty());
}

TEST_F(PrepareTest, AnUnknownNameIsRefusedWithTheNearest) {
  const absl::Status status = Put("podinfos").status();
  EXPECT_TRUE(HasReason(status, Reason::kPlanInvalid));
  ASSERT_EQ(ViolationsOf(status).size(), 1u);
  EXPECT_EQ(ViolationsOf(status)[0].field, "plan.charts[0].profile");
  EXPECT_THAT(ViolationsOf(status)[0].description,
              HasSubstr("there is no profile podinfos; did you mean podinfo?"));
  EXPECT_THAT(Taken("x"), HasSubstr("the known profiles are podinfo, web"));
}

TEST_F(PrepareTest, AutoNeedsAChart) {
  chart_->set_action(v1::ACTION_DESTROY);
  chart_->clear_chart();
  EXPECT_THAT(Taken("auto"), HasSubstr("plan.charts[0].profile: is auto, but there is no chart"));
  EXPECT_EQ(Taken("web"), "web");
}

TEST_F(PrepareTest, AWishToDeleteCrdsThatNobodyNamesIsAnError) {
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

TEST_F(PrepareTest, AChartThatIsNotThereIsTheErrorItIs) {
  uploaded_ = MakeFailure(Reason::kChartInvalid, "no archive");
  EXPECT_TRUE(HasReason(Put("auto").status(), Reason::kChartInvalid)) << Put("auto").status();
  EXPECT_TRUE(Put("web").ok()) << "nobody asks what it is called";
}

TEST_F(PrepareTest, WhatIsWrongWithThePlanComesBeforeAChartThatIsNotThere) {
  uploaded_ = MakeFailure(Reason::kChartNotUploaded, "no archive");
  AddChart("Other");
  EXPECT_THAT(ViolationsWith("auto"), ElementsAre("plan.charts[1].name"));
}

// One of each list into which a profile puts something, the caller's wrong.
TEST_F(PrepareTest, ViolationsNameTheFieldsThatTheCallerWrote) {
  Add("name: full\nchart:\n"
      "  yamlFilesContent: [{name: values, content: ''}]\n"
      "  extraNamespaces: [a, b]\n"
      "  patches: [{target: {kind: A}, json6902: '[{op: remove, path: /a}]'}]\n"
      "  backupResources: [{kind: A}]\n"
      "  stages:\n    preExec:\n"
      "      before: [{name: p1, waitFor: {objects: [{kind: A, name: a}], ready: {}}}]\n"
      "      after:\n"
      "      - {name: p2, waitFor: {objects: [{kind: A, name: a}], ready: {}}}\n"
      "      - {name: p3, waitFor: {objects: [{kind: A, name: a}], ready: {}}}\n");
  Set("extra_namespaces: ['c', 'D'] patches {} backup_resources {} stages { pre_exec {"
      "  before { delete {} } after { name: 'x' wait_for { objects { kind: 'A' name: 'a' } ready "
      "{} } }"
      "  after { delete {} } } }");
  chart_->add_values_files()->set_content(std::string((1 << 20) + 1, ' '));
  const auto as_written = ViolationsWith("");
  EXPECT_THAT(
      as_written,
      ElementsAre("plan.charts[0].extra_namespaces[1]", "plan.charts[0].values_files[0].content",
                  "plan.charts[0].backup_resources[0].kind", "plan.charts[0].patches[0].target",
                  "plan.charts[0].patches[0]",
                  "plan.charts[0].stages.pre_exec.before[0].delete.objects",
                  "plan.charts[0].stages.pre_exec.after[1].delete.objects"));
  EXPECT_EQ(ViolationsWith("full"), as_written);
}

TEST_F(PrepareTest, WhatAProfilesStepMakesWrongIsAMatterOfTheFieldProfile) {
  Add("name: named\nchart:\n  stages:\n    preExec:\n"
      "      before: [{name: waitFor-1, waitFor: {objects: [{kind: A, name: a}], ready: {}}}]\n");
  Set("stages { pre_exec { before { wait_for { objects { kind: 'A' name: 'a' } ready {} } } } }");
  const auto wrong = ViolationsOf(Put("named").status());
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].field, "plan.charts[0].profile");
  EXPECT_EQ(wrong[0].description,
            "is `named`, which does not fit this plan: its stages.pre_exec.before[0].name: repeats "
            "`waitFor-1`; step names must "
            "be unique in a stage.");
}

TEST_F(PrepareTest, AStepThatIsCalledAsOneOfTheProfilesIsSaidOnce) {
  Add("name: named\nchart:\n  stages:\n    preExec:\n"
      "      before: [{name: look, waitFor: {objects: [{kind: A, name: a}], ready: {}}}]\n");
  for (const char* list : {"before", "after"}) {
    chart_->clear_stages();
    Set(std::string("stages { pre_exec { ") + list +
        " { name: 'look' wait_for { objects { kind: 'A' name: 'a' } ready {} } } } }");
    EXPECT_THAT(ViolationsWith("named"),
                ElementsAre(std::string("plan.charts[0].stages.pre_exec.") + list + "[0].name"));
  }
}

TEST_F(PrepareTest, ARestoreStepOfTheCallersNamesABackupStepOfTheCallers) {
  Add("name: saves\nchart:\n  stages:\n    preExec:\n"
      "      before: [{name: save, backup: {objects: [{kind: A, name: a}]}}]\n");
  Set("stages { on_deploy_failure { after { restore { backup: 'save' } } } }");
  EXPECT_THAT(ViolationsWith("saves"),
              ElementsAre("plan.charts[0].stages.on_deploy_failure.after[0].restore.backup"));
}

TEST_F(PrepareTest, NoArchiveIsLookedUpByADigestThatIsNone) {
  chart_->mutable_chart()->set_archive_digest("../../etc/passwd");
  EXPECT_THAT(ViolationsWith("auto"), ElementsAre("plan.charts[0].chart.archive_digest"));
  EXPECT_THAT(identified_, IsEmpty());
}

TEST_F(PrepareTest, OfTooManyChartsNoneIsLookedAt) {
  for (int i = 0; i < 500; ++i) AddChart("")->set_profile("auto");
  EXPECT_THAT(ViolationsWith("auto"), ElementsAre("plan.charts"));
  EXPECT_THAT(identified_, IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::plan

#include "server/plan/profile_expansion.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace wheelhouse::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WithProfileTest : public testing::Test {
 protected:
  WithProfileTest() { profile_.set_name("known"); }
  v1::ChartInfo& own() { return *profile_.mutable_chart(); }
  v1::ChartInfo Expanded() const { return WithProfile(chart_, profile_); }

  static void AddFile(google::protobuf::RepeatedPtrField<v1::ValuesFile>* files,
                      const std::string& name) {
    files->Add()->set_name(name);
  }
  static void AddStep(google::protobuf::RepeatedPtrField<v1::Step>* steps,
                      const std::string& name) {
    steps->Add()->set_name(name);
  }
  static std::vector<std::string> Names(const auto& named) {
    std::vector<std::string> names;
    for (const auto& one : named) names.push_back(one.name());
    return names;
  }

  v1::ChartInfo chart_;
  v1::Profile profile_;
};

TEST_F(WithProfileTest, ItsValuesAreBelowAllOfTheCallers) {
  AddFile(own().mutable_yaml_files_content(), "values");
  AddFile(chart_.mutable_values_files(), "mine.yaml");
  AddFile(chart_.mutable_yaml_files_content(), "extra");
  const v1::ChartInfo expanded = Expanded();
  EXPECT_THAT(Names(expanded.values_files()), ElementsAre("profile known: values", "mine.yaml"));
  EXPECT_THAT(Names(expanded.yaml_files_content()), ElementsAre("extra"));
  EXPECT_EQ(expanded.profile(), "known");
}

TEST_F(WithProfileTest, ItsStepsStandBetweenTheCallersAndTheDefaultOnes) {
  v1::StagePlan* mine = chart_.mutable_stages()->mutable_pre_exec();
  AddStep(mine->mutable_before(), "mine first");
  AddStep(mine->mutable_after(), "mine last");
  v1::StagePlan* its = own().mutable_stages()->mutable_pre_exec();
  AddStep(its->mutable_before(), "its first");
  AddStep(its->mutable_after(), "its last");
  AddStep(own().mutable_stages()->mutable_validate()->mutable_after(), "its check");
  const v1::ChartInfo expanded = Expanded();
  EXPECT_THAT(Names(expanded.stages().pre_exec().before()), ElementsAre("mine first", "its first"));
  EXPECT_THAT(Names(expanded.stages().pre_exec().after()), ElementsAre("its last", "mine last"));
  EXPECT_THAT(Names(expanded.stages().validate().after()), ElementsAre("its check"));
}

TEST_F(WithProfileTest, WhatTheCallerSetsStandsAndTheRestIsItsOwn) {
  own().mutable_timeout()->set_nanos(500'000'000);
  own().set_wait(false);
  own().set_crd_policy(v1::CRD_POLICY_CREATE_REPLACE);
  own().mutable_upgrade_retry()->set_count(10);
  own().mutable_upgrade_retry()->mutable_delay()->set_seconds(30);
  own().mutable_early_failure()->set_crash_loop_restarts(20);
  own().mutable_early_failure()->mutable_image_pull()->set_seconds(60);
  own().mutable_stages()->mutable_validate()->mutable_timeout()->set_seconds(90);
  chart_.mutable_timeout()->set_seconds(60);
  chart_.mutable_upgrade_retry();
  chart_.mutable_early_failure()->mutable_image_pull()->set_seconds(5);
  chart_.mutable_stages()->mutable_validate()->mutable_timeout()->set_seconds(10);
  const v1::ChartInfo expanded = Expanded();
  EXPECT_EQ(expanded.timeout().seconds(), 60);
  EXPECT_EQ(expanded.timeout().nanos(), 0) << "no half of another duration";
  EXPECT_TRUE(expanded.has_wait());
  EXPECT_FALSE(expanded.wait());
  EXPECT_EQ(expanded.crd_policy(), v1::CRD_POLICY_CREATE_REPLACE);
  EXPECT_EQ(expanded.upgrade_retry().count(), 0) << "the caller wants no retry";
  EXPECT_EQ(expanded.early_failure().crash_loop_restarts(), 20);
  EXPECT_EQ(expanded.early_failure().image_pull().seconds(), 5);
  EXPECT_EQ(expanded.stages().validate().timeout().seconds(), 10);
}

TEST_F(WithProfileTest, ListsOfBothCountItsFirst) {
  own().add_patches()->set_strategic_merge("its");
  own().add_extra_namespaces("kube-system");
  (*own().mutable_namespace_labels())["a"] = "its";
  (*own().mutable_namespace_labels())["b"] = "its";
  chart_.add_patches()->set_strategic_merge("mine");
  chart_.add_extra_namespaces("other");
  (*chart_.mutable_namespace_labels())["a"] = "mine";
  const v1::ChartInfo expanded = Expanded();
  EXPECT_EQ(expanded.patches(0).strategic_merge(), "its");
  EXPECT_EQ(expanded.patches(1).strategic_merge(), "mine");
  EXPECT_THAT(expanded.extra_namespaces(), ElementsAre("kube-system", "other"));
  EXPECT_EQ(expanded.namespace_labels().at("a"), "mine");
  EXPECT_EQ(expanded.namespace_labels().at("b"), "its");
}

TEST_F(WithProfileTest, CrdsAreDeletedOnlyWhereTheCallerSaysSo) {
  v1::Step* step = own().mutable_stages()->mutable_post_exec()->add_after();
  step->set_name("delete its CRDs");
  step->mutable_crds()->mutable_delete_()->add_names("sails.sandbox.wheelhouse");
  EXPECT_THAT(Expanded().stages().post_exec().after(), IsEmpty());
  chart_.set_delete_crds(true);
  EXPECT_THAT(Names(Expanded().stages().post_exec().after()), ElementsAre("delete its CRDs"));
}

TEST_F(WithProfileTest, AStepOfTheCallersThatIsCalledAsOneOfItsIsNamedWithBoth) {
  AddStep(own().mutable_stages()->mutable_pre_exec()->mutable_before(), "adopt");
  AddStep(chart_.mutable_stages()->mutable_pre_exec()->mutable_after(), "adopt");
  AddStep(chart_.mutable_stages()->mutable_post_exec()->mutable_after(), "adopt");
  FieldViolations wrong;
  CheckStepNames(chart_, profile_, "plan.charts[0]", &wrong);
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].field, "plan.charts[0].stages.pre_exec.after[0].name");
  EXPECT_EQ(wrong[0].description, "is `adopt`, the name of a step of the profile known.");
}

}  // namespace
}  // namespace wheelhouse::plan

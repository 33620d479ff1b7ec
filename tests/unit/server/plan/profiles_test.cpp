#include "server/plan/profiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/plan/own_profiles.h"
#include "server/plan/plan_check.h"
#include "server/plan/profile_expansion.h"

namespace wheelhouse::plan {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  const auto profile = ReadProfile(text, "p.yaml");
  EXPECT_TRUE(HasReason(profile.status(), Reason::kConfigInvalid)) << profile.status();
  return std::string(profile.status().message());
}

v1::Profile Named(const std::string& name, const std::string& chart, const std::string& versions) {
  v1::Profile profile;
  profile.set_name(name);
  profile.add_charts(chart);
  profile.set_versions(versions);
  return profile;
}

TEST(OwnProfiles, EachMakesAPlanThatIsValidForBothActions) {
  const auto profiles = Profiles::Load({});
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  EXPECT_EQ(profiles->by_name().size(), OwnProfiles().size());
  for (const auto& [name, profile] : profiles->by_name()) {
    EXPECT_FALSE(profile.description().empty()) << name;
    EXPECT_FALSE(profile.charts().empty()) << name;
    for (const v1::Action action : {v1::ACTION_DEPLOY, v1::ACTION_DESTROY}) {
      v1::ChartInfo chart;
      chart.set_name("release");
      chart.set_namespace_("kube-system");
      chart.set_action(action);
      chart.mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
      v1::Plan plan;
      *plan.add_charts() = WithProfile(chart, profile);
      EXPECT_TRUE(CheckPlan(plan).ok()) << name << ": " << CheckPlan(plan);
    }
  }
}

TEST(OwnProfiles, TheirFilesAreCalledAsTheyAre) {
  for (const OwnProfile& own : OwnProfiles()) {
    const auto profile = ReadProfile(own.text, own.file);
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(profile->name() + ".yaml", own.file);
  }
}

TEST(Profile, HasItsTextAndItsDigest) {
  const std::string text = "name: mine\nchart: {wait: false}\n";
  const auto profile = ReadProfile(text, "p.yaml");
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->text(), text);
  EXPECT_THAT(profile->digest(), testing::MatchesRegex("sha256:[0-9a-f]{64}"));
  EXPECT_NE(ReadProfile(text + "\n", "p.yaml")->digest(), profile->digest());
}

TEST(Profile, WhatNamesAChartOrLetsSomethingBeLostIsNotItsToSet) {
  for (const char* field :
       {"name: web", "namespace: demo", "action: DESTROY", "deleteCrds: true",
        "allow: {crdLoss: true}", "chart: {archiveDigest: x}", "dependsOn: [a]", "atomic: false",
        "forceUpgrade: true", "fieldConflicts: FORCE", "profile: other", "dryRun: true"}) {
    const std::string text = std::string("name: mine\nchart:\n  ") + field + "\n";
    EXPECT_THAT(ErrorOf(text), HasSubstr("p.yaml:3:3: ")) << field;
    EXPECT_THAT(ErrorOf(text), HasSubstr("cannot be set in a profile")) << field;
  }
  EXPECT_THAT(ErrorOf("name: mine\ndigest: x\n"), HasSubstr("p.yaml:2:1: "));
}

TEST(Profile, WhatWouldMakeEveryPlanInvalidIsFoundWhereItStands) {
  EXPECT_THAT(ErrorOf("chart: {}\n"), HasSubstr("p.yaml:1:1: name: must be a DNS label"));
  EXPECT_THAT(ErrorOf("name: auto\n"), HasSubstr("p.yaml:1:7: name: "));
  EXPECT_THAT(ErrorOf("name: mine\nversions: many\n"), HasSubstr("p.yaml:2:11: versions: "));
  EXPECT_THAT(ErrorOf("name: mine\nchart:\n  timeout: 0s\n"),
              HasSubstr("p.yaml:3:12: chart.timeout: must be a duration greater than zero."));
  EXPECT_THAT(ErrorOf("name: mine\nchart:\n  yamlFilesContent: [{name: v, content: \"[1]\"}]\n"),
              HasSubstr("p.yaml:3:22: chart.yaml_files_content[0]: "));
  EXPECT_THAT(ErrorOf("name: mine\nchart:\n  stages:\n    exec: {timeout: 1m}\n"),
              HasSubstr("p.yaml:4:21: chart.stages.exec.timeout: must not be set"));
  EXPECT_THAT(ErrorOf("name: mine\nchart:\n  stages:\n    postExec:\n      after:\n"
                      "      - delete: {objects: [{kind: Pod, name: a}]}\n"),
              HasSubstr("p.yaml:6:9: chart.stages.post_exec.after[0]: needs a name."));
}

TEST(Load, AddsToThoseOfTheDaemon) {
  const auto profiles = Profiles::Load({{"mine.yaml", "name: mine\n"}});
  ASSERT_TRUE(profiles.ok()) << profiles.status();
  EXPECT_NE(profiles->Find("mine"), nullptr);
  EXPECT_EQ(profiles->by_name().size(), OwnProfiles().size() + 1);
}

TEST(Load, AWrongFileIsNamedWithItsLine) {
  const auto status =
      Profiles::Load({{"/p/mine.yaml", "name: mine\nchart: {waiting: true}\n"}}).status();
  EXPECT_TRUE(HasReason(status, Reason::kConfigInvalid));
  EXPECT_THAT(std::string(status.message()), HasSubstr("/p/mine.yaml:2:9: "));
}

TEST(Load, TwoOfOneNameAreRefusedAlsoWhereOneIsTheDaemons) {
  std::map<std::string, std::string> files = {{"/p/a.yaml", "name: mine\n"},
                                              {"/p/b.yaml", "name: mine\n"}};
  EXPECT_THAT(std::string(Profiles::Load(files).status().message()),
              HasSubstr("b.yaml: there is already a profile mine, from /p/a.yaml"));
  files["/p/b.yaml"] = "name: cert-manager-configs\n";
  EXPECT_THAT(
      std::string(Profiles::Load(files).status().message()),
      HasSubstr("b.yaml: there is already a profile cert-manager-configs, from the daemon"));
}

TEST(FindFor, ByTheChartsNameAndVersion) {
  Profiles profiles;
  ASSERT_TRUE(profiles.Add(Named("old", "web", "<2.0.0"), "a").ok());
  ASSERT_TRUE(profiles.Add(Named("new", "web", ">=2.0.0"), "b").ok());
  ASSERT_TRUE(profiles.Add(Named("other", "db", ""), "c").ok());
  EXPECT_EQ((*profiles.FindFor({"web", "1.9.0"}))->name(), "old");
  EXPECT_EQ((*profiles.FindFor({"web", "2.0.0"}))->name(), "new");
  EXPECT_EQ((*profiles.FindFor({"db", ""}))->name(), "other");
  EXPECT_EQ(*profiles.FindFor({"api", "1.0.0"}), nullptr);
  const auto several = profiles.FindFor({"web", ""});
  EXPECT_TRUE(HasReason(several.status(), Reason::kPlanInvalid));
  EXPECT_THAT(std::string(several.status().message()), HasSubstr("new, old; name one"));
}

}  // namespace
}  // namespace wheelhouse::plan

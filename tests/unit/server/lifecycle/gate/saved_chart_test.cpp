#include "server/lifecycle/gate/saved_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/lifecycle/core/saved_chart.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

std::string Document(const std::string& name, const std::string& hook = "") {
  const std::string annotations =
      hook.empty() ? "" : absl::StrCat(", annotations: {helm.sh/hook: ", hook, "}");
  return absl::StrCat("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ", name, annotations,
                      "}\n");
}

helm::CrdFile CrdFile(const std::string& path, const std::string& name) {
  return {path, absl::StrCat("apiVersion: apiextensions.k8s.io/v1\nkind: "
                             "CustomResourceDefinition\nmetadata: {name: ",
                             name, "}\n")};
}

class SavedChartTest : public testing::Test {
 protected:
  // A preview that is saved; `rendered` is what helm renders beforehand.
  static absl::Status Save(Surroundings& around, const std::string& rendered) {
    around.request.saves_plan = true;
    Found& found = around.known().found;
    found.records = *around.chart().Records(around.work);
    around.known().decided.decision =
        found.records.empty() ? v1::DECISION_INSTALL : v1::DECISION_UPGRADE;
    found.forecast = *ReadManifests(rendered, "here");
    const Decided& decided = around.known().decided;
    const absl::Status rehearsed = Rehearse(around.work, around.chart(), decided, rendered, found);
    if (!rehearsed.ok()) return rehearsed;
    return SaveChart(around.work, around.chart(), decided, found);
  }
  // What a run that applies it finds.
  static absl::Status Check(Surroundings& around) {
    around.request.saved_plan = "plan-1";
    Found& found = around.known().found;
    const absl::Status read = ReadSavedChart(around.chart(), found);
    if (!read.ok()) return read;
    found.records = *around.chart().Records(around.work);
    around.known().decided.decision = found.saved->decision();
    return CheckStillAsSaved(around.work, around.chart(), found, around.known().decided);
  }
  static void Hand(const Surroundings& from, Surroundings& to) {
    to.journal.kept = from.journal.kept;
  }
};

TEST_F(SavedChartTest, WhatTheUpgradeItselfRendersIsSavedAndFoundAgain) {
  Surroundings preview, run;
  preview.helm.rendered = Document("rehearsed");
  ASSERT_TRUE(Save(preview, Document("beforehand")).ok());
  ASSERT_THAT(preview.known().found.forecast, SizeIs(1));
  EXPECT_EQ(preview.known().found.forecast[0].name, "rehearsed");
  Hand(preview, run);
  ASSERT_TRUE(Check(run).ok());
  ASSERT_TRUE(ForecastAsSaved(run.chart(), run.known().found).ok());
  EXPECT_EQ(run.known().found.forecast[0].name, "rehearsed");
}

TEST_F(SavedChartTest, WhatIsToBeReinstalledIsRenderedBeforehand) {
  Surroundings preview;
  preview.helm.rendered = Document("rehearsed");
  preview.known().decided.decision = v1::DECISION_REINSTALL;
  const std::string rendered = Document("beforehand");
  ASSERT_TRUE(Rehearse(preview.work, preview.chart(), preview.known().decided, rendered,
                       preview.known().found)
                  .ok());
  EXPECT_EQ(preview.known().found.saved->rendered(), rendered);
}

TEST_F(SavedChartTest, Helm3IsRefusedForHooksButNotForTests) {
  Surroundings hooks, tests;
  for (Surroundings* around : {&hooks, &tests}) around->helm.version = {3, 18, 0, "v3.18.0"};
  const absl::Status refused = Save(hooks, Document("a") + Document("h", "post-upgrade"));
  EXPECT_TRUE(HasReason(refused, Reason::kHelmUnsupported)) << refused;
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("ConfigMap h (post-upgrade)"));
  tests.helm.rendered = Document("a") + Document("t", "test");
  ASSERT_TRUE(Save(tests, Document("a") + Document("t", "test")).ok());
  EXPECT_THAT(tests.known().found.saved->rendered(), Not(HasSubstr("name: t")));
}

TEST_F(SavedChartTest, ALockedReleaseIsNotSaved) {
  Surroundings preview;
  preview.known().decided.unlock.way = UnlockWay::kPutRight;
  const absl::Status refused = Save(preview, Document("a"));
  EXPECT_TRUE(HasReason(refused, Reason::kReleaseLocked)) << refused;
  EXPECT_TRUE(preview.journal.kept.empty());
}

TEST_F(SavedChartTest, EverythingThatHasChangedIsNamed) {
  Surroundings preview, run;
  preview.kube.PutRecord("shop", "web", 3, "deployed");
  preview.known().found.chart.chart.digest = "sha256:old";
  auto* read = preview.known().asked.info.add_yaml_files_content();
  read->set_name("Secret shop/db key values.yaml");
  read->set_content("a: 1");
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  run.kube.PutRecord("shop", "web", 4, "failed");
  run.known().found.chart.chart.digest = "sha256:new";
  read = run.known().asked.info.add_yaml_files_content();
  read->set_name("Secret shop/db key values.yaml");
  read->set_content("a: 2");
  run.helm.version = {3, 18, 0, "v3.18.0"};
  const absl::Status stale = Check(run);
  ASSERT_TRUE(HasReason(stale, Reason::kPlanStale)) << stale;
  for (const char* named : {"is at revision 4 (failed), and was at revision 3 (deployed)",
                            "the chart is sha256:new, and was sha256:old",
                            "the values in Secret shop/db key values.yaml have changed",
                            "the daemon's helm is v3.18.0, and was of major 4"})
    EXPECT_THAT(FailureOf(stale).message(), HasSubstr(named));
}

TEST_F(SavedChartTest, ARevisionThatIsAsGoodIsAnotherOneAllTheSame) {
  Surroundings preview, run;
  preview.kube.PutRecord("shop", "web", 3, "deployed");
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  run.kube.PutRecord("shop", "web", 3, "superseded");
  run.kube.PutRecord("shop", "web", 4, "deployed");
  EXPECT_THAT(FailureOf(Check(run)).message(),
              HasSubstr("is at revision 4 (deployed), and was at revision 3 (deployed)"));
}

TEST_F(SavedChartTest, ValuesThatAreNoLongerReadAreNamed) {
  Surroundings preview, run;
  preview.known().asked.info.add_yaml_files_content()->set_name("ConfigMap shop/more");
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  EXPECT_THAT(FailureOf(Check(run)).message(),
              HasSubstr("the values in ConfigMap shop/more are gone"));
}

TEST_F(SavedChartTest, ACrdThatHasChangedIsNamed) {
  Surroundings preview, run;
  for (Surroundings* around : {&preview, &run})
    around->known().found.chart.chart.crd_files = {CrdFile("crds/own.yaml", "own.example.com")};
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  const auto id = IdOf("CustomResourceDefinition", "", "own.example.com");
  run.kube.Put(id, {{"metadata", {{"generation", 2}}}, {"spec", {{"scope", "Cluster"}}}});
  run.kube.fault = [](const std::string& call) {
    return call.starts_with("try ") ? MakeFailure(Reason::kApplyRejected, "no") : absl::OkStatus();
  };
  EXPECT_THAT(FailureOf(Check(run)).message(), HasSubstr("own.example.com exists, and did not"));
}

TEST_F(SavedChartTest, OnlyCrdsOfEnabledSubchartsCount) {
  Surroundings preview, run;
  preview.known().found.chart.chart.crd_files = {CrdFile("crds/own.yaml", "own.example.com")};
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  run.known().found.chart.chart.crd_files = {
      CrdFile("crds/own.yaml", "own.example.com"),
      CrdFile("charts/off/crds/off.yaml", "off.example.com")};
  run.kube.Put(IdOf("CustomResourceDefinition", "", "off.example.com"), kube::Json::object());
  EXPECT_TRUE(Check(run).ok());
  EXPECT_THAT(run.known().found.chart.chart.crd_files, SizeIs(1));
}

TEST_F(SavedChartTest, WhatIsGoneAlreadyNeedNotBeDestroyed) {
  Surroundings preview, run;
  preview.kube.PutRecord("shop", "web", 3, "deployed");
  preview.known().found.records = *preview.chart().Records(preview.work);
  preview.known().decided.decision = v1::DECISION_DESTROY;
  ASSERT_TRUE(
      SaveChart(preview.work, preview.chart(), preview.known().decided, preview.known().found)
          .ok());
  Hand(preview, run);
  EXPECT_TRUE(HasReason(Check(run), Reason::kPlanStale));
  run.known().decided.decision = v1::DECISION_ABSENT;
  EXPECT_TRUE(
      CheckStillAsSaved(run.work, run.chart(), run.known().found, run.known().decided).ok());
}

TEST_F(SavedChartTest, WhatThePlanHasDoneAlreadyIsNotStale) {
  Surroundings preview, run;
  ASSERT_TRUE(Save(preview, Document("a")).ok());
  Hand(preview, run);
  run.kube.PutRecord("shop", "web", 1, "deployed",
                     {{helm::kRevisionLabel, "1"}, {helm::kSavedPlanLabel, "plan-1"}});
  EXPECT_TRUE(HasReason(Check(run), Reason::kPlanStale)) << "it would be installed again";
  run.known().decided.decision = v1::DECISION_UNCHANGED;
  EXPECT_TRUE(
      CheckStillAsSaved(run.work, run.chart(), run.known().found, run.known().decided).ok());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/changes/same_rendering.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kService[] =
    "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
constexpr char kConfig[] =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '1', b: x}\n";
constexpr char kHook[] =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook\n  annotations: {helm.sh/hook: "
    "pre-upgrade}\n";

class SameRenderingTest : public testing::Test {
 protected:
  bool Same(const std::string& stored, const std::string& rendered) {
    return SameObjects(around_.chart(), *ReadManifests(stored, "stored"),
                       *ReadManifests(rendered, "rendered"));
  }
  bool Decides() { return RenderingDecides(around_.chart(), around_.known().found); }
  Surroundings around_;
};

std::string Join(const std::vector<std::string>& documents) {
  return absl::StrJoin(documents, "---\n");
}

TEST_F(SameRenderingTest, TheOrderAndTheWayOfWritingDoNotCount) {
  EXPECT_TRUE(Same(Join({kService, kConfig, kHook}), Join({kHook, kConfig, kService})));
  EXPECT_TRUE(Same(kConfig,
                   "# Source: web/config.yaml\nkind: ConfigMap\napiVersion: v1\nmetadata:\n"
                   "  name: web\ndata:\n  b: \"x\"\n  a: \"1\"\n"));
}

TEST_F(SameRenderingTest, ADocumentMayBeOneLine) {
  const std::string line =
      "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}, data: {message: a}}\n";
  EXPECT_TRUE(Same(line, "# Source: made/templates/all.yaml\n" + line));
  EXPECT_TRUE(Same(line, absl::StrReplaceAll(line, {{"web}", "web, annotations: {}}"}})));
}

TEST_F(SameRenderingTest, AValueOrItsTypeCounts) {
  EXPECT_FALSE(Same(kService, absl::StrReplaceAll(kService, {{"80", "81"}})));
  EXPECT_FALSE(Same(kConfig, absl::StrReplaceAll(kConfig, {{"'1'", "1"}})));
}

TEST_F(SameRenderingTest, WhatIsMoreOrLessOrAHookCounts) {
  EXPECT_FALSE(Same(kService, Join({kService, kConfig})));
  EXPECT_FALSE(Same(Join({kService, kConfig}), kConfig));
  EXPECT_FALSE(Same(Join({kConfig, kConfig}), kConfig));
  EXPECT_FALSE(Same(kHook, absl::StrReplaceAll(kHook, {{"pre-upgrade", "post-upgrade"}})));
}

TEST_F(SameRenderingTest, ItIsAskedForByThePlan) { EXPECT_FALSE(Decides()); }

TEST_F(SameRenderingTest, ItDecidesAlone) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  EXPECT_TRUE(Decides());
}

TEST_F(SameRenderingTest, StepsThatAnUpgradeRunsAreNotKnownToBeTheSame) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  around_.info.mutable_stages()->mutable_post_exec()->add_after()->set_name("tell");
  EXPECT_FALSE(Decides());
}

TEST_F(SameRenderingTest, StepsOfValidateRunAnyway) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  around_.info.mutable_stages()->mutable_validate()->add_after()->set_name("probe");
  EXPECT_TRUE(Decides());
}

TEST_F(SameRenderingTest, CrdsAreNoPartOfTheRendering) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  around_.known().found.chart.chart.crd_files.push_back({"crds/a.yaml", ""});
  EXPECT_FALSE(Decides());
}

TEST_F(SameRenderingTest, CrdsThatAreSkippedDoNotCount) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  around_.info.set_crd_policy(v1::CRD_POLICY_SKIP);
  around_.known().found.chart.chart.crd_files.push_back({"crds/a.yaml", ""});
  EXPECT_TRUE(Decides());
}

TEST_F(SameRenderingTest, LabelsOfTheNamespaceAreWrittenByAnUpgrade) {
  around_.info.set_reapply(v1::REAPPLY_IF_RENDERED_CHANGED);
  (*around_.info.mutable_namespace_labels())["team"] = "shop";
  EXPECT_FALSE(Decides());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/core/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "server/plan/contents.h"
#include "server/plan/profile_expansion.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kByFirstRule[] = "zjgu6dxiqww7uy6nfqedb6i3c5xgwpk7dagiws7byakk25qfspea";

class FingerprintTest : public testing::Test {
 protected:
  std::string Text() const { return Fingerprint::Of(info_, chart_).text(); }
  void AddValues(const std::string& content) { info_.add_values_files()->set_content(content); }
  v1::ChartInfo info_;
  helm::Chart chart_{.digest = "sha256:1"};
};

TEST_F(FingerprintTest, FitsALabelAndNamesItsRule) {
  EXPECT_EQ(Text().size(), 55u);
  EXPECT_EQ(Text().substr(0, 3), "v2-");
  EXPECT_EQ(Text(), Text());
}

TEST_F(FingerprintTest, IsThatOfALabelByTheRuleOfTheLabel) {
  AddValues("a: 1\n");
  const Fingerprint fingerprint = Fingerprint::Of(info_, chart_);
  EXPECT_TRUE(fingerprint.Is(fingerprint.text()));
  // As a daemon whose labels carry no version has written it for these inputs.
  EXPECT_TRUE(fingerprint.Is(kByFirstRule));
  EXPECT_FALSE(fingerprint.Is(""));
  EXPECT_FALSE(fingerprint.Is("v3-" + fingerprint.text().substr(3)));
  EXPECT_FALSE(Fingerprint().Is(""));
}

TEST_F(FingerprintTest, ByTheFirstRuleOtherBytesAreOtherInputs) {
  AddValues("a: 1 # one\n");
  EXPECT_FALSE(Fingerprint::Of(info_, chart_).Is(kByFirstRule));
}

TEST_F(FingerprintTest, TheFirstRuleDoesNotKnowWhatIsNewSince) {
  AddValues("a: 1\n");
  info_.set_no_hooks(true);
  EXPECT_FALSE(Fingerprint::Of(info_, chart_).Is(kByFirstRule));
}

TEST_F(FingerprintTest, ValuesThatMeanTheSameAreTheSame) {
  AddValues("a: {b: 1, c: [x, 'z']}\n");
  const std::string before = Text();
  for (const char* same : {"# comment\na:\n  c:\n  - x\n  - z\n  b: 1\n",
                           "a:\r\n  b: 1\r\n  c: [x, z]\r\n", "\"a\": {c: [\"x\", z], b: 1}"}) {
    info_.mutable_values_files(0)->set_content(same);
    EXPECT_EQ(Text(), before) << same;
  }
  AddValues("# nothing\n");
  EXPECT_EQ(Text(), before) << "a layer that sets nothing";
  for (const char* other :
       {"a: {b: '1', c: [x, z]}", "a: {b: 1, c: [z, x]}", "a: {b: 2, c: [x, z]}"}) {
    info_.mutable_values_files(0)->set_content(other);
    EXPECT_NE(Text(), before) << other;
  }
}

TEST_F(FingerprintTest, TheOrderOfPairsCountsOnlyWhereItMattersToHelm) {
  const auto add = [this](const char* key, const char* value) {
    v1::SetValue* pair = info_.add_values();
    pair->set_key(key);
    pair->set_value(value);
  };
  add("a", "1");
  add("b", "2");
  const std::string before = Text();
  info_.mutable_values()->SwapElements(0, 1);
  EXPECT_EQ(Text(), before);
  add("a", "3");
  EXPECT_NE(Text(), before);
}

TEST_F(FingerprintTest, LineEndsOfPatchesStepsAndCrdsDoNotCount) {
  info_.add_patches()->set_strategic_merge("a: 1\nb: 2\n");
  info_.add_crd_files()->set_content("kind: A\n");
  info_.mutable_stages()->mutable_pre_exec()->add_before()->mutable_apply()->set_manifests("x\n");
  const std::string before = Text();
  info_.mutable_patches(0)->set_strategic_merge("a: 1\r\nb: 2\r\n");
  info_.mutable_crd_files(0)->set_content("kind: A\r\n");
  info_.mutable_stages()->mutable_pre_exec()->mutable_before(0)->mutable_apply()->set_manifests(
      "x\r\n");
  EXPECT_EQ(Text(), before);
}

TEST_F(FingerprintTest, ChangesWithWhatIsDeployed) {
  std::set<std::string> seen = {Text()};
  const auto changes = [&](const char* what) { EXPECT_TRUE(seen.insert(Text()).second) << what; };
  chart_.digest = "sha256:2";
  changes("chart");
  info_.add_values()->set_key("a");
  changes("value");
  info_.add_values_files()->set_content("a: 1");
  changes("values file");
  info_.set_force_upgrade(true);
  changes("force");
  info_.set_crd_policy(v1::CRD_POLICY_SKIP);
  changes("CRD policy");
  info_.add_crd_files()->set_content("a");
  changes("CRD file");
  (*info_.mutable_namespace_labels())["team"] = "a";
  changes("namespace label");
  info_.set_no_hooks(true);
  changes("no hooks");
  v1::Step* step = info_.mutable_stages()->mutable_post_exec()->add_after();
  step->mutable_apply()->set_manifests("a");
  changes("step");
  step->mutable_when()->set_installed_version(">1");
  changes("when");
}

TEST_F(FingerprintTest, IsBlindToTimesNamesAndValidation) {
  v1::Step* step = info_.mutable_stages()->mutable_post_exec()->add_after();
  step->mutable_apply()->set_manifests("a");
  const std::string before = Text();
  step->set_name("other");
  step->mutable_timeout()->set_seconds(1);
  step->mutable_retry()->set_count(3);
  info_.mutable_timeout()->set_seconds(7);
  info_.mutable_upgrade_retry()->set_count(2);
  info_.mutable_stages()->mutable_validate()->add_after()->set_name("check");
  EXPECT_EQ(Text(), before);
}

TEST(Fingerprint, AChangedProfileIsAChangedRelease) {
  v1::Profile profile;
  const auto expanded = [&profile] { return plan::WithProfile(v1::ChartInfo(), profile); };
  v1::ValuesFile* values = profile.mutable_chart()->add_yaml_files_content();
  values->set_name("values");
  values->set_content("a: 1");
  const std::string before = Fingerprint::Of(expanded(), {}).text();
  values->set_content("a: 2");
  const std::string changed = Fingerprint::Of(expanded(), {}).text();
  EXPECT_NE(changed, before);
  profile.mutable_chart()->mutable_stages()->mutable_pre_exec()->add_before()->set_name("step");
  EXPECT_NE(Fingerprint::Of(expanded(), {}).text(), changed);
}

TEST_F(FingerprintTest, PatchesCountAndTheirTextIsNotReadAgain) {
  const std::string without = Text();
  v1::Patch* patch = info_.add_patches();
  patch->mutable_target()->set_kind("ConfigMap");
  patch->set_json6902("[{op: replace, path: /data/a, value: x}]");
  const std::string with = Text();
  EXPECT_NE(with, without);
  patch->mutable_target()->set_name("web");
  EXPECT_NE(Text(), with);
  v1::Plan plan;
  *plan.add_charts() = info_;
  EXPECT_FALSE(plan::WithoutContents(plan).charts(0).patches(0).has_json6902());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

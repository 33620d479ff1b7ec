#include "server/lifecycle/release/decision.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "common/run_picture.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kFingerprint[] = "same";

struct RecordSpec {
  std::string status;
  std::string spec;          // our fingerprint; empty: not ours
  std::string verdict;       // ours
  int label_revision = 0;    // what our labels speak of; 0: this record
  bool rolled_back = false;  // ours, without a fingerprint
};

// Newest first.
std::vector<helm::ReleaseRecord> Records(const std::vector<RecordSpec>& specs) {
  std::vector<helm::ReleaseRecord> records;
  int revision = static_cast<int>(specs.size());
  for (const RecordSpec& spec : specs) {
    helm::ReleaseRecord& record = records.emplace_back();
    record.ns = "shop";
    record.name = "web";
    record.revision = revision--;
    record.status = spec.status;
    if (spec.rolled_back) record.labels = {{helm::kRevisionLabel, std::to_string(record.revision)}};
    if (spec.spec.empty()) continue;
    record.labels = {
        {helm::kSpecLabel, spec.spec},
        {helm::kVerdictLabel, spec.verdict},
        {helm::kRevisionLabel,
         std::to_string(spec.label_revision != 0 ? spec.label_revision : record.revision)}};
  }
  return records;
}

struct Case {
  const char* name;
  std::vector<RecordSpec> records;
  std::string expected;  // the decision
  void (*ask)(v1::ChartInfo*) = nullptr;
};

void Destroy(v1::ChartInfo* info) { info->set_action(v1::ACTION_DESTROY); }
void Unlock(v1::ChartInfo* info) { info->set_action(v1::ACTION_UNLOCK); }
void Force(v1::ChartInfo* info) { info->set_force_upgrade(true); }
void Reapply(v1::ChartInfo* info) { info->set_reapply(v1::REAPPLY_ALWAYS); }
void SkipInstalled(v1::ChartInfo* info) { info->set_skip_if_already_installed(true); }

const Case kCases[] = {
    {"NoRelease", {}, "INSTALL"},
    {"OursGoodAndTheSame", {{"deployed", "same", "good"}}, "UNCHANGED"},
    {"OursWithOtherInputs", {{"deployed", "other", "good"}}, "UPGRADE"},
    {"OursWithoutAVerdict", {{"deployed", "same", ""}}, "UPGRADE"},
    {"OursFoundBad", {{"deployed", "same", "bad"}}, "UPGRADE"},
    {"LabelsThatHelmCopiedFromAnotherRevision",
     {{"deployed", "same", "good", 1}, {"superseded", "same", "good"}},
     "UPGRADE"},
    {"SomebodyElses", {{"deployed"}}, "UPGRADE"},
    {"FailedAfterGood", {{"failed", "same", ""}, {"deployed", "same", "good"}}, "UPGRADE"},
    {"FailedFirstInstall", {{"failed", "same", ""}}, "UPGRADE"},
    {"UninstalledWithItsHistoryKept", {{"uninstalled", "same", "good"}, {"superseded"}}, "INSTALL"},
    {"ForceIsNeverUnchanged", {{"deployed", "same", "good"}}, "UPGRADE", Force},
    {"ReapplyAlwaysIsNeverUnchanged", {{"deployed", "same", "good"}}, "UPGRADE", Reapply},
    {"MadeByARollback", {{"deployed", "", "", 0, true}, {"superseded", "same", "good"}}, "UPGRADE"},
    {"SkipIfAnyRevisionIsDeployed",
     {{"failed"}, {"deployed", "other", "bad"}},
     "ALREADY_INSTALLED",
     SkipInstalled},
    {"SkipIfInstalledButNoneIsDeployed", {{"failed"}}, "UPGRADE", SkipInstalled},
    {"UnlockAbsent", {}, "ABSENT", Unlock},
    {"UnlockWhatIsNotLocked", {{"deployed"}}, "UNLOCK", Unlock},
    {"DestroyAbsent", {}, "ABSENT", Destroy},
    {"DestroyDeployed", {{"deployed"}}, "DESTROY", Destroy},
    {"DestroyFailed", {{"failed"}}, "DESTROY", Destroy},
    {"DestroyWhatOnlyHasItsHistoryLeft", {{"uninstalled"}, {"superseded"}}, "DESTROY", Destroy},
};

class DecideTest : public testing::TestWithParam<Case> {};

TEST_P(DecideTest, Decides) {
  v1::ChartInfo info;
  info.set_action(v1::ACTION_DEPLOY);
  if (GetParam().ask != nullptr) GetParam().ask(&info);
  const Choice choice = Decide(info, Fingerprint(kFingerprint), Records(GetParam().records));
  EXPECT_EQ(ShortName(choice.decision), GetParam().expected);
  EXPECT_FALSE(choice.reason.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, DecideTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(BreakingVersion, IsGoneOverFromAtOrBelowItToAbove) {
  const auto over = [](const char* installed, const char* wanted, const char* breaking = "1.5.0") {
    return *IsOver(breaking, installed, wanted);
  };
  EXPECT_TRUE(over("1.4.9", "2.0.0"));
  EXPECT_TRUE(over("1.5.0", "1.5.1"));
  EXPECT_FALSE(over("1.5.1", "2.0.0"));
  EXPECT_FALSE(over("1.4.0", "1.5.0")) << "not newer than it yet";
  EXPECT_FALSE(over("2.0.0", "1.0.0")) << "a downgrade";
  EXPECT_TRUE(over("1.5.0-rc.1", "1.5.1-alpha"));
  EXPECT_FALSE(over("1.5.0", "1.5.0-rc.2")) << "a pre-release comes before its version";
  EXPECT_TRUE(over("2.0.0-beta.2", "2.0.0-beta.11", "2.0.0-beta.2"));
  EXPECT_TRUE(over("v1.5", "1.5.1+build"));
  EXPECT_TRUE(HasReason(IsOver("1.0.0", "old", "2.0.0").status(), Reason::kChartInvalid));
}

TEST(NewestGoodRevision, IsDeployedOrSupersededAndNotBad) {
  EXPECT_EQ(NewestGoodRevision({}), 0);
  EXPECT_EQ(NewestGoodRevision(Records({{"failed"}, {"deployed"}})), 1);
  EXPECT_EQ(NewestGoodRevision(Records({{"deployed", "x", "bad"}, {"superseded"}})), 1);
  EXPECT_EQ(NewestGoodRevision(Records({{"failed"}, {"failed"}})), 0);
}

TEST(NewestGoodRevision, IsNoneOfOursThatNobodyHasSeenToWork) {
  EXPECT_EQ(NewestGoodRevision(Records({{"deployed", "x", ""}, {"superseded", "x", "good"}})), 1);
  EXPECT_EQ(NewestGoodRevision(Records({{"deployed"}, {"superseded", "x", ""}})), 2)
      << "somebody else's has no verdict";
  EXPECT_EQ(NewestGoodRevision(Records({{"superseded", "x", "", 1}, {"failed"}})), 2)
      << "its labels were copied by helm";
}

TEST(NewestGoodRevision, IsNoneOfThoseBeforeTheReleaseWasUninstalled) {
  EXPECT_EQ(NewestGoodRevision(Records({{"uninstalled"}, {"superseded"}})), 0);
  EXPECT_EQ(NewestGoodRevision(Records({{"failed"}, {"uninstalled"}, {"superseded"}})), 0);
}

class RollbackTargetTest : public testing::Test {
 protected:
  // 0: there is none.
  int Target(const std::vector<RecordSpec>& records, int wanted = 0) {
    v1::ChartInfo info;
    info.set_action(v1::ACTION_ROLLBACK);
    info.set_rollback_revision(wanted);
    const auto target = RollbackTarget(info, Records(records));
    EXPECT_TRUE(target.ok() || HasReason(target.status(), Reason::kObjectNotFound));
    return target.value_or(0);
  }
};

TEST_F(RollbackTargetTest, IsTheNewestGoodOneBeforeThatWhichIsDeployed) {
  EXPECT_EQ(Target({{"deployed"}, {"superseded", "x", "bad"}, {"failed"}, {"superseded"}}), 1);
  EXPECT_EQ(Target({{"failed"}, {"deployed"}, {"superseded"}}), 1);
  EXPECT_EQ(Target({{"failed"}, {"superseded"}}), 1);
}

TEST_F(RollbackTargetTest, IsTheOneThatIsNamed) {
  EXPECT_EQ(Target({{"deployed"}, {"superseded"}, {"failed"}}, 1), 1);
}

TEST_F(RollbackTargetTest, IsNotFoundWhereThereIsNone) {
  EXPECT_EQ(Target({}), 0);
  EXPECT_EQ(Target({{"deployed"}}), 0);
  EXPECT_EQ(Target({{"deployed"}, {"superseded"}}, 7), 0);
  EXPECT_EQ(Target({{"pending-upgrade"}, {"deployed"}}, 2), 0);
}

}  // namespace
}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/release/unlock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;

constexpr char kWanted[] = "wanted";
const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

helm::ReleaseRecord Record(int revision, const std::string& status) {
  helm::ReleaseRecord record;
  record.ns = "shop";
  record.name = "web";
  record.revision = revision;
  record.status = status;
  record.updated = kNow - absl::Minutes(5);
  return record;
}

helm::ReleaseRecord Ours(int revision, const std::string& status, const std::string& spec) {
  helm::ReleaseRecord record = Record(revision, status);
  record.labels = {{helm::kRevisionLabel, std::to_string(revision)},
                   {helm::kRunLabel, "run-1"},
                   {helm::kSpecLabel, spec}};
  return record;
}

helm::ReleaseRecord Good(helm::ReleaseRecord record) {
  record.labels[helm::kVerdictLabel] = helm::kVerdictGood;
  return record;
}

// As a rollback to `target` makes it.
helm::ReleaseRecord CopyOf(const helm::ReleaseRecord& target, int revision) {
  helm::ReleaseRecord record = target;
  record.revision = revision;
  record.status = "pending-rollback";
  return record;
}

class UnlockPlanTest : public testing::Test {
 protected:
  UnlockPlanTest() {
    question_.fingerprint = Fingerprint(kWanted);
    question_.foreign_lock_age = absl::Hours(1);
    question_.now = kNow;
  }
  UnlockPlan Plan(const std::vector<helm::ReleaseRecord>& records) {
    const auto plan = PlanUnlock(records, question_);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return plan.value_or(UnlockPlan());
  }
  UnlockWay Way(const std::vector<helm::ReleaseRecord>& records) { return Plan(records).way; }
  bool Refused(const std::vector<helm::ReleaseRecord>& records) {
    return HasReason(PlanUnlock(records, question_).status(), Reason::kReleaseLocked);
  }

  UnlockQuestion question_;
  const helm::ReleaseRecord good_ = Good(Ours(1, "deployed", "other"));
};

TEST_F(UnlockPlanTest, WhatIsNotLockedNeedsNoUnlock) {
  EXPECT_FALSE(Plan({}).locked());
  EXPECT_FALSE(Plan({Record(2, "failed"), good_}).locked());
}

TEST_F(UnlockPlanTest, OursWithTheSameInputsIsDeletedToBeMadeAgain) {
  const UnlockPlan plan = Plan({Ours(2, "pending-upgrade", kWanted), good_});
  EXPECT_EQ(plan.way, UnlockWay::kDeleteRecord);
  EXPECT_EQ(plan.found, "revision 2 is pending-upgrade, left by run run-1 with the same inputs");
  EXPECT_EQ(Way({Ours(1, "pending-install", kWanted)}), UnlockWay::kDeleteRecord);
}

TEST_F(UnlockPlanTest, OursWithOtherInputsIsRolledBackToAGoodRevision) {
  const UnlockPlan plan = Plan(
      {Ours(3, "pending-upgrade", "x"), Ours(2, "failed", "y"), Good(Ours(1, "superseded", "z"))});
  EXPECT_EQ(plan.way, UnlockWay::kRollBack);
  EXPECT_EQ(plan.good_revision, 1);
  EXPECT_THAT(plan.found, HasSubstr("with other inputs"));
}

TEST_F(UnlockPlanTest, WithoutAGoodRevisionItIsInstalledOverAndNeverUninstalled) {
  EXPECT_EQ(Way({Ours(1, "pending-install", "other")}), UnlockWay::kDeleteRecord);
  EXPECT_EQ(Way({Ours(2, "pending-upgrade", "other"), Ours(1, "failed", "x")}),
            UnlockWay::kDeleteRecord);
}

TEST_F(UnlockPlanTest, AnUninstallIsFinishedByADestroyAlone) {
  for (const auto action : {v1::ACTION_DEPLOY, v1::ACTION_ROLLBACK, v1::ACTION_UNLOCK}) {
    question_.action = action;
    EXPECT_EQ(Way({Ours(1, "uninstalling", kWanted)}), UnlockWay::kPutRight);
  }
  question_.action = v1::ACTION_DESTROY;
  EXPECT_EQ(Way({Ours(1, "uninstalling", kWanted)}), UnlockWay::kLeaveToHelm);
}

TEST_F(UnlockPlanTest, ARecordIsPutRightAsItWasBeforeTheUninstall) {
  EXPECT_EQ(Plan({Ours(2, "uninstalling", "x"), Ours(1, "superseded", "y")}).status, "deployed");
  EXPECT_EQ(Plan({Ours(2, "uninstalling", "x"), good_}).status, "failed")
      << "helm leaves the deployed one before a failed one";
  helm::ReleaseRecord bad = Ours(1, "uninstalling", "x");
  bad.labels[helm::kVerdictLabel] = helm::kVerdictBad;
  EXPECT_EQ(Plan({bad}).status, "failed");
}

TEST_F(UnlockPlanTest, ARollbackIsOursByTheJournalAlone) {
  const helm::ReleaseRecord pending = CopyOf(good_, 3);
  const std::vector<helm::ReleaseRecord> records = {pending, Ours(2, "failed", "x"), good_};
  EXPECT_TRUE(Refused(records));
  question_.intended = Intention{"run-7"};
  const UnlockPlan plan = Plan(records);
  EXPECT_EQ(plan.way, UnlockWay::kRollBack);
  EXPECT_THAT(plan.found, HasSubstr("left by run run-7"));
  question_.fingerprint = Fingerprint("other");
  EXPECT_EQ(Way(records), UnlockWay::kDeleteRecord) << "what it rolls back to is what is asked";
}

TEST_F(UnlockPlanTest, AnUninstallOfAReleaseThatIsNotOursIsKnownByTheJournal) {
  EXPECT_TRUE(Refused({Record(1, "uninstalling")}));
  question_.intended = Intention{"run-7"};
  EXPECT_EQ(Way({Record(1, "uninstalling")}), UnlockWay::kPutRight);
}

TEST_F(UnlockPlanTest, AnUpgradeOfSomebodyElsesThatTookTheNumberWeIntendedIsTheirs) {
  question_.intended = Intention{"run-7"};
  helm::ReleaseRecord theirs = CopyOf(good_, 2);
  theirs.status = "pending-upgrade";
  EXPECT_TRUE(Refused({theirs, good_}));
}

TEST_F(UnlockPlanTest, SomebodyElsesIsFreedOnlyWhenAskedAndOldEnough) {
  helm::ReleaseRecord theirs = Record(2, "pending-upgrade");
  const std::vector<helm::ReleaseRecord> young = {theirs, good_};
  theirs.updated = kNow - absl::Hours(1);
  const std::vector<helm::ReleaseRecord> old = {theirs, good_};
  EXPECT_TRUE(Refused(young));
  EXPECT_TRUE(Refused(old));
  question_.allow_foreign = true;
  EXPECT_TRUE(Refused(young));
  EXPECT_EQ(Way(old), UnlockWay::kRollBack);
  EXPECT_THAT(Plan(old).found, HasSubstr("not made by wheelhouse"));
}

TEST_F(UnlockPlanTest, ADestroyGoesBackFirstOrUninstallsWhatThereIs) {
  question_.action = v1::ACTION_DESTROY;
  question_.fingerprint = Fingerprint();
  EXPECT_EQ(Way({Ours(2, "pending-upgrade", "x"), good_}), UnlockWay::kRollBack);
  EXPECT_EQ(Way({Ours(1, "pending-install", "x")}), UnlockWay::kLeaveToHelm);
}

TEST_F(UnlockPlanTest, AnUnlockAloneGoesBackOrDeletesTheRecord) {
  question_.action = v1::ACTION_UNLOCK;
  question_.fingerprint = Fingerprint();
  EXPECT_EQ(Way({Ours(2, "pending-upgrade", "x"), good_}), UnlockWay::kRollBack);
  EXPECT_EQ(Way({Ours(1, "pending-install", "x")}), UnlockWay::kDeleteRecord);
}

TEST_F(UnlockPlanTest, ARollbackGoesOverTheLock) {
  question_.action = v1::ACTION_ROLLBACK;
  EXPECT_EQ(Way({Ours(2, "pending-upgrade", "x"), good_}), UnlockWay::kLeaveToHelm);
}

TEST_F(UnlockPlanTest, TheRecordsAfterwardsAreAsItLeavesThem) {
  const auto after = [this](const std::vector<helm::ReleaseRecord>& records) {
    return AfterUnlock(Plan(records), records);
  };
  EXPECT_EQ(after({Ours(2, "pending-upgrade", kWanted), good_})[0].revision, 1);
  EXPECT_EQ(after({Ours(1, "uninstalling", "x")})[0].status, helm::kDeployed);
  const auto rolled_back = after({Ours(2, "pending-upgrade", "x"), good_});
  EXPECT_EQ(rolled_back[0].status, "deployed");
  EXPECT_FALSE(rolled_back[0].LabelsCount());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

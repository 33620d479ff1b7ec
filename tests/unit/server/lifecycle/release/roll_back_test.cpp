#include "server/lifecycle/release/roll_back.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/steps/defaults/default_steps.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;

class RollBackTest : public testing::Test {
 protected:
  void Stands(int revision, const std::string& status, const std::string& run = "run-0") {
    around_.kube.PutRecord(
        "shop", "web", revision, status,
        {{helm::kRunLabel, run}, {helm::kRevisionLabel, std::to_string(revision)}});
  }
  // Newest first.
  std::vector<std::string> Left() {
    const auto records = around_.chart().Records(around_.work);
    EXPECT_TRUE(records.ok()) << records.status();
    std::vector<std::string> left;
    for (const helm::ReleaseRecord& record : *records)
      left.push_back(absl::StrCat(record.revision, " ", record.status));
    return left;
  }

  Surroundings around_;
};

// Found by tests/faults/soak: a rollback was killed, and the one that freed the release too.
TEST_F(RollBackTest, DeletesAllPendingRecordsThatItWentOver) {
  Stands(1, "deployed");
  Stands(2, "pending-rollback");
  Stands(3, "pending-rollback");
  ASSERT_TRUE(RollBackTo(around_.work, around_.chart(), around_.known().trail, {1, 4, false}).ok());
  EXPECT_THAT(Left(), ElementsAre("4 deployed", "1 deployed"));
}

TEST_F(RollBackTest, ARecordIsDeletedOnlyAsItWasRead) {
  Stands(1, "pending-upgrade");
  const auto record = around_.chart().Records(around_.work)->at(0);
  // The helm that was thought to be dead has ended well.
  Stands(1, "deployed");
  EXPECT_TRUE(
      HasReason(DeleteRecord(around_.work, around_.chart(), record), Reason::kObjectConflict));
  EXPECT_THAT(Left(), ElementsAre("1 deployed"));
  auto again = around_.chart().Records(around_.work)->at(0);
  again.uid = "of another";
  EXPECT_FALSE(DeleteRecord(around_.work, around_.chart(), again).ok());
  EXPECT_THAT(Left(), ElementsAre("1 deployed"));
}

// The daemon ended when helm had rolled back, before it deleted what helm went over.
TEST_F(RollBackTest, TheUnlockOfAReleaseThatIsFreeDeletesWhatARollbackOfOursWentOver) {
  Stands(1, "superseded");
  Stands(2, "pending-rollback");
  Stands(3, "deployed");
  const Chart& chart = around_.chart();
  around_.known().found.records = *chart.Records(around_.work);
  ASSERT_TRUE(MakeUnlockStep()->Execute(around_.work, chart, around_.known()).ok());
  EXPECT_THAT(Left(), ElementsAre("3 deployed", "1 superseded"));
}

TEST_F(RollBackTest, APendingRecordOfSomebodyElsesUnderANewerOneIsLeft) {
  Stands(1, "superseded");
  around_.kube.PutRecord("shop", "web", 2, "pending-upgrade");
  Stands(3, "deployed");
  const Chart& chart = around_.chart();
  around_.known().found.records = *chart.Records(around_.work);
  ASSERT_TRUE(MakeUnlockStep()->Execute(around_.work, chart, around_.known()).ok());
  EXPECT_THAT(Left(), ElementsAre("3 deployed", "2 pending-upgrade", "1 superseded"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

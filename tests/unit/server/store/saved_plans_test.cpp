// Plans that are saved until they are applied.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class SavedPlansTest : public EveryStoreTest {
 protected:
  SavedPlanRow Row(const std::string& id, const std::string& caller = "unix:ann",
                   absl::Time expires = absl::FromUnixSeconds(2000)) {
    SavedPlanRow row;
    row.id = id;
    row.sha256 = "hash of " + id;
    row.caller = {caller, KnownBy::kUnixSocket};
    row.plan_name = "shop";
    row.cluster = "prod";
    row.create_time = absl::FromUnixSeconds(1000);
    row.expire_time = expires;
    row.approval_required = true;
    row.archives = {"sha256:a", "sha256:b"};
    return row;
  }
  void Put(const SavedPlanRow& row, const Bytes& contents = "contents") {
    ASSERT_TRUE(store_->PutSavedPlan(row, contents).ok());
  }
  std::vector<std::string> Listed(const SavedPlanQuery& query = {}) {
    std::vector<std::string> ids;
    const auto rows = store_->ListSavedPlans(query);
    for (const SavedPlanRow& row : *rows) ids.push_back(row.id);
    return ids;
  }
  absl::Status Apply(const std::string& plan, std::vector<KeptBytes> kept = {}) {
    RunRow row;
    row.id = "run of " + plan;
    row.saved_plan = plan;
    return store_->CreateRun(row, {"", Picture(row.id), std::move(kept)}, absl::UnixEpoch());
  }
};

TEST_P(SavedPlansTest, WhatIsSavedIsThereAfterARestart) {
  const Bytes odd("a\0b\xff", 4);
  Put(Row("p1"), odd);
  Open();
  const auto plan = *store_->LoadSavedPlan("p1");
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->contents, odd);
  EXPECT_EQ(plan->row.sha256, "hash of p1");
  EXPECT_EQ(plan->row.caller, (Principal{"unix:ann", KnownBy::kUnixSocket}));
  EXPECT_EQ(plan->row.plan_name, "shop");
  EXPECT_EQ(plan->row.cluster, "prod");
  EXPECT_EQ(plan->row.create_time, absl::FromUnixSeconds(1000));
  EXPECT_EQ(plan->row.expire_time, absl::FromUnixSeconds(2000));
  EXPECT_TRUE(plan->row.approval_required);
  EXPECT_THAT(plan->row.archives, ElementsAre("sha256:a", "sha256:b"));
  EXPECT_FALSE(store_->LoadSavedPlan("p2")->has_value());
}

TEST_P(SavedPlansTest, APlanNeverChangesOnceItIsSaved) {
  Put(Row("p1"), "first");
  SavedPlanRow other = Row("p1");
  other.sha256 = "another";
  Put(other, "second");
  const auto plan = *store_->LoadSavedPlan("p1");
  EXPECT_EQ(plan->row.sha256, "hash of p1");
  EXPECT_EQ(plan->contents, "first");
}

TEST_P(SavedPlansTest, ListsAreOfOneCallerOrAllNewestFirstInPages) {
  Put(Row("p1"));
  Put(Row("p2", "unix:bob"));
  Put(Row("p3"));
  EXPECT_THAT(Listed(), ElementsAre("p3", "p2", "p1"));
  EXPECT_THAT(Listed({.caller = "unix:ann"}), ElementsAre("p3", "p1"));
  EXPECT_THAT(Listed({.limit = 2}), ElementsAre("p3", "p2"));
  EXPECT_THAT(Listed({.before_id = "p2", .limit = 2}), ElementsAre("p1"));
}

TEST_P(SavedPlansTest, TheFirstApprovalStays) {
  Put(Row("p1"));
  EXPECT_TRUE(store_->ApproveSavedPlan("absent", "unix:bob", absl::Now()).ok());
  ASSERT_TRUE(store_->ApproveSavedPlan("p1", "unix:bob", absl::FromUnixSeconds(1500)).ok());
  ASSERT_TRUE(store_->ApproveSavedPlan("p1", "unix:eve", absl::FromUnixSeconds(1600)).ok());
  Open();
  const auto plan = *store_->LoadSavedPlan("p1");
  EXPECT_EQ(plan->row.approved_by, "unix:bob");
  EXPECT_EQ(plan->row.approve_time, absl::FromUnixSeconds(1500));
}

TEST_P(SavedPlansTest, PlansGoWhenTheyAreDiscardedOrTooOld) {
  for (const int64_t expires : {10, 20, 30})
    Put(Row("p" + std::to_string(expires), "unix:ann", absl::FromUnixSeconds(expires)));
  ASSERT_TRUE(store_->DeleteSavedPlans(absl::FromUnixSeconds(20)).ok());
  EXPECT_THAT(Listed(), ElementsAre("p30", "p20"));
  ASSERT_TRUE(store_->DeleteSavedPlan("p30").ok());
  EXPECT_TRUE(store_->DeleteSavedPlan("p30").ok());
  EXPECT_THAT(Listed(), ElementsAre("p20"));
  EXPECT_FALSE(store_->LoadSavedPlan("p30")->has_value());
}

TEST_P(SavedPlansTest, ARunIsMadeOfAPlanThatIsThereAndWithAllThatIsKept) {
  EXPECT_TRUE(absl::IsNotFound(Apply("p1", {{"demo/web", "saved", "bytes"}})));
  EXPECT_FALSE(store_->Load("run of p1")->has_value());
  Put(Row("p1"));
  ASSERT_TRUE(Apply("p1", {{"demo/web", "saved", "bytes"}}).ok());
  Open();
  EXPECT_EQ((*store_->LoadSavedPlan("p1"))->row.last_run, "run of p1");
  EXPECT_EQ(*store_->Kept("run of p1", "demo/web", "saved"), "bytes");
}

INSTANTIATE_TEST_SUITE_P(Stores, SavedPlansTest, EveryStore(), StoreName);

class SealedPlansTest : public StoreTest {
 protected:
  std::string OnDisk() {
    std::string all;
    for (const char* name : {"/runs.db", "/runs.db-wal"}) {
      std::ifstream in(directory_ + name, std::ios::binary);
      std::ostringstream text;
      text << in.rdbuf();
      all += text.str();
    }
    return all;
  }
};

TEST_F(SealedPlansTest, ContentsAreNotOnTheDiskAndBelongToTheirPlan) {
  Open();
  SavedPlanRow row;
  row.id = "p1";
  ASSERT_TRUE(store_->PutSavedPlan(row, "a-password-of-mine").ok());
  row.id = "p2";
  ASSERT_TRUE(store_->PutSavedPlan(row, "another").ok());
  EXPECT_THAT(OnDisk(), Not(HasSubstr("a-password-of-mine")));
  ASSERT_TRUE(File()
                  ->Execute("UPDATE saved_plan_contents SET contents=(SELECT contents FROM "
                            "saved_plan_contents WHERE plan_id='p2') WHERE plan_id='p1'")
                  .ok());
  const auto plan = *store_->LoadSavedPlan("p1");
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->contents, std::nullopt) << "another plan's contents do not open";
}

}  // namespace
}  // namespace wheelhouse::store

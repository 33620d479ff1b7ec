// What the store keeps beside events: copies of objects, and what a run was about to do.
#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

class KeptTest : public EveryStoreTest {
 protected:
  void Intend(const std::string& id, const std::string& chart, int revision) {
    ASSERT_TRUE(Write({id, {{1, "", JournalRow{chart, revision, ""}}}}).ok());
  }
};

TEST_P(KeptTest, WhatIsKeptIsThereAfterARestartAndTheLatestCounts) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "old").ok());
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "new").ok());
  Open();
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), "new");
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "another"), std::nullopt);
  EXPECT_EQ(*store_->Kept("r1", "demo/other", "adopted"), std::nullopt);
}

TEST_P(KeptTest, ItGoesWithThePlansValues) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "object").ok());
  ASSERT_TRUE(store_->ReplacePlan("r1", "").ok());
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
}

TEST_P(KeptTest, AnIntentionIsFoundByClusterReleaseAndRevision) {
  Create("r1", "prod");
  Create("r2", "prod");
  Create("r3", "staging");
  Intend("r1", "demo/web", 4);
  Intend("r2", "demo/web", 4);
  Intend("r3", "demo/web", 4);
  const auto found = *store_->FindIntention("prod", "demo/web", 4);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, "r2");
  EXPECT_FALSE(store_->FindIntention("prod", "demo/web", 5)->has_value());
  EXPECT_FALSE(store_->FindIntention("prod", "demo/other", 4)->has_value());
}

TEST_P(KeptTest, TheTimeThatWasReachedIsTheOneThatWasKeptLast) {
  EXPECT_EQ(*store_->AgeTime(), std::nullopt);
  ASSERT_TRUE(store_->KeepAgeTime(absl::UnixEpoch()).ok());
  ASSERT_TRUE(store_->KeepAgeTime(absl::FromUnixSeconds(7)).ok());
  Open();
  EXPECT_EQ(*store_->AgeTime(), absl::FromUnixSeconds(7));
}

INSTANTIATE_TEST_SUITE_P(Stores, KeptTest, EveryStore(), StoreName);

}  // namespace
}  // namespace wheelhouse::store

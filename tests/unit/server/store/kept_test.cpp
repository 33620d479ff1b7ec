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
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "old", std::nullopt).ok());
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "new", std::nullopt).ok());
  Open();
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), "new");
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "another"), std::nullopt);
  EXPECT_EQ(*store_->Kept("r1", "demo/other", "adopted"), std::nullopt);
}

TEST_P(KeptTest, ItGoesWithThePlansValues) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "object", std::nullopt).ok());
  ASSERT_TRUE(store_->ReplacePlan("r1", "").ok());
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
}

class KeptOfCallerTest : public KeptTest {
 protected:
  void Create(const std::string& id, const std::string& caller) {
    RunRow row;
    row.id = id;
    row.caller = {caller, KnownBy::kCertificate};
    row.cluster = "prod";
    row.create_time = absl::Now();
    ASSERT_TRUE(store_->CreateRun(row, {"", Picture(id)}, absl::UnixEpoch()).ok());
  }
  absl::Status Keep(const std::string& id, const std::string& name, size_t bytes) {
    return store_->Keep(id, "demo/web", name, std::string(bytes, 'x'), 100'000);
  }
};

TEST_P(KeptOfCallerTest, TheRunsOfOneCallerHaveABoundTogether) {
  Create("r1", "tls:ci");
  Create("r2", "tls:ci");
  Create("r3", "tls:other");
  ASSERT_TRUE(Keep("r1", "a", 60'000).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Keep("r2", "b", 60'000)));
  EXPECT_EQ(*store_->Kept("r2", "demo/web", "b"), std::nullopt);
  EXPECT_TRUE(Keep("r2", "b", 30'000).ok());
  EXPECT_TRUE(Keep("r3", "a", 60'000).ok());
}

TEST_P(KeptOfCallerTest, WhatIsReplacedDoesNotCount) {
  Create("r1", "tls:ci");
  ASSERT_TRUE(Keep("r1", "a", 60'000).ok());
  EXPECT_TRUE(Keep("r1", "a", 90'000).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Keep("r1", "a", 110'000)));
  EXPECT_EQ((*store_->Kept("r1", "demo/web", "a"))->size(), 90'000u);
}

TEST_P(KeptOfCallerTest, WhatIsErasedMakesRoom) {
  Create("r1", "tls:ci");
  Create("r2", "tls:ci");
  ASSERT_TRUE(Keep("r1", "a", 90'000).ok());
  ASSERT_TRUE(absl::IsResourceExhausted(Keep("r2", "a", 90'000)));
  ASSERT_TRUE(store_->ReplacePlan("r1", "").ok());
  EXPECT_TRUE(Keep("r2", "a", 90'000).ok());
}

TEST_P(KeptOfCallerTest, WhatIsKeptWithoutABoundCounts) {
  Create("r1", "tls:ci");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "a", std::string(200'000, 'x'), std::nullopt).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Keep("r1", "b", 1)));
}

INSTANTIATE_TEST_SUITE_P(Stores, KeptOfCallerTest, EveryStore(), StoreName);

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

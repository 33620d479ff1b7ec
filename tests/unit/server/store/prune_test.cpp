// What the store forgets of a run, and what outlives it.
#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

class PruneTest : public StoreTest {
 protected:
  PruneTest() { Open(); }
  int64_t Rows(const std::string& table) {
    const auto file = File();
    Statement count = *file->Prepare("SELECT count(*) FROM " + table);
    EXPECT_TRUE(count.Run().ok());
    return count.Number(0);
  }
  void PruneWhole(const std::string& id) {
    while (!*store_->Prune(id, 100)) {
    }
  }
};

TEST_F(PruneTest, NothingOfTheRunStaysAndOthersKeepTheirs) {
  for (const char* id : {"r1", "r2"}) {
    Create(id);
    WriteEvents(id, 1, 3, 5);
    ASSERT_TRUE(store_->Keep(id, "demo/web", "adopted", "object", std::nullopt).ok());
    End(id);
  }
  PruneWhole("r1");
  for (const char* table : {"runs", "contents", "run_namespaces", "kept"})
    EXPECT_EQ(Rows(table), 1) << table;
  EXPECT_EQ(Rows("run_releases"), 2);
  EXPECT_EQ(Rows("events"), 3);
  EXPECT_EQ(Rows("journal"), 3);
  EXPECT_EQ(store_->Events("r2", 0, 10)->size(), 3u);
  EXPECT_EQ(*store_->Kept("r2", "demo/web", "adopted"), "object");
}

TEST_F(PruneTest, ARunThatHasNotEndedIsLeftAlone) {
  Create("r1");
  WriteEvents("r1", 1, 3);
  PruneWhole("r1");
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 3u);
  EXPECT_TRUE(store_->EndedBefore(absl::InfiniteFuture(), 10)->empty());
}

TEST_F(PruneTest, ALongRunGoesInPartsItsPictureLast) {
  Create("r1");
  WriteEvents("r1", 1, 250);
  End("r1");
  EXPECT_FALSE(*store_->Prune("r1", 100));
  EXPECT_EQ(store_->Events("r1", 0, 1000)->size(), 150u);
  EXPECT_TRUE((*store_->Load("r1"))->last.has_value());
  EXPECT_FALSE(*store_->Prune("r1", 100));
  EXPECT_TRUE(*store_->Prune("r1", 100));
  EXPECT_FALSE(store_->Load("r1")->has_value());
}

TEST_F(PruneTest, ARestartInBetweenGoesOn) {
  Create("r1");
  WriteEvents("r1", 1, 250, 4);
  End("r1");
  EXPECT_FALSE(*store_->Prune("r1", 100));
  Open();
  EXPECT_EQ(store_->EndedBefore(absl::Now() + absl::Hours(1), 10)->size(), 1u);
  PruneWhole("r1");
  EXPECT_FALSE(store_->Load("r1")->has_value());
  EXPECT_TRUE(store_->FindIntention("prod", "demo/web", 4)->has_value());
}

TEST_F(PruneTest, TheEarliestEndComesFirst) {
  const absl::Time now = absl::Now();
  for (const char* id : {"r1", "r2", "r3"}) Create(id);
  End("r3", now - absl::Hours(3));
  End("r1", now - absl::Hours(2));
  End("r2", now);
  EXPECT_EQ(*store_->EndedBefore(now - absl::Hours(1), 10), (std::vector<std::string>{"r3", "r1"}));
  EXPECT_EQ(*store_->EndedBefore(now - absl::Hours(1), 1), (std::vector<std::string>{"r3"}));
}

// A helm that was killed may be found long after its run was pruned.
TEST_F(PruneTest, AnIntentionOutlivesItsRun) {
  Create("r1");
  WriteEvents("r1", 1, 2, 5);
  End("r1");
  PruneWhole("r1");
  const auto found = *store_->FindIntention("prod", "demo/web", 5);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(*found, "r1");
  EXPECT_FALSE(store_->FindIntention("test", "demo/web", 5)->has_value());
  EXPECT_FALSE(store_->FindIntention("prod", "demo/web", 6)->has_value());
  Create("r2");
  WriteEvents("r2", 1, 1, 5);
  EXPECT_EQ(*store_->FindIntention("prod", "demo/web", 5), "r2") << "the newest counts";
}

TEST_F(PruneTest, OfOneReleaseTheNewestTenOutliveTheirRunsAndForAYear) {
  const absl::Time now = absl::Now();
  for (int i = 10; i < 25; ++i) {
    const std::string id = "r" + std::to_string(i);
    Create(id);
    WriteEvents(id, 1, 1, i);
    End(id, now);
    PruneWhole(id);
  }
  EXPECT_EQ(Rows("intentions"), 10);
  EXPECT_TRUE(store_->FindIntention("prod", "demo/web", 15)->has_value());
  EXPECT_FALSE(store_->FindIntention("prod", "demo/web", 14)->has_value());
  Create("r99");
  WriteEvents("r99", 1, 1, 1, "demo/other");
  End("r99", now + absl::Hours(24 * 366));
  PruneWhole("r99");
  EXPECT_EQ(Rows("intentions"), 1);
}

TEST_F(PruneTest, TheFileShrinksALittleAtATime) {
  Create("r1");
  WriteEvents("r1", 1, 5000);
  End("r1");
  const Usage before = *store_->GetUsage();
  EXPECT_GT(before.bytes, 5000000);
  PruneWhole("r1");
  const Usage pruned = *store_->GetUsage();
  EXPECT_LT(pruned.bytes, 500000);
  EXPECT_GT(pruned.free_bytes, 4500000);
  ASSERT_TRUE(store_->Shrink().ok());
  const Usage shrunk = *store_->GetUsage();
  EXPECT_LT(shrunk.free_bytes, pruned.free_bytes);
  EXPECT_GT(shrunk.free_bytes, 2000000) << "not all at once";
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(store_->Shrink().ok());
  store_.reset();
  EXPECT_LT(std::filesystem::file_size(directory_ + "/runs.db"), 500000u);
}

}  // namespace
}  // namespace wheelhouse::store

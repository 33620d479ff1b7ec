// What the store keeps beside events: copies of objects, and what a run was about to do.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>

#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse::store {
namespace {

class KeptTest : public testing::Test {
 protected:
  KeptTest() {
    char name[] = "/tmp/wheelhouse-kept-XXXXXX";
    directory_ = mkdtemp(name);
    store_ = *SqliteStore::Open(directory_);
  }
  ~KeptTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Create(const std::string& id, const std::string& cluster) {
    RunRow row;
    row.id = id;
    row.cluster = cluster;
    row.create_time = absl::Now();
    ASSERT_TRUE(store_->CreateRun(row, {}, {}, absl::UnixEpoch()).ok());
  }
  void Intend(const std::string& id, const std::string& chart, int revision,
              const std::string& fingerprint) {
    JournalRow row;
    row.chart = chart;
    row.intended_revision = revision;
    row.fingerprint = fingerprint;
    Append append;
    append.run_id = id;
    append.events.emplace_back().event.set_sequence(1);
    append.events.back().journal = row;
    std::promise<absl::Status> written;
    store_->AppendAsync(std::move(append),
                        [&](const absl::Status& status) { written.set_value(status); });
    ASSERT_TRUE(written.get_future().get().ok());
  }
  std::string directory_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(KeptTest, WhatIsKeptIsThereAfterARestartAndTheLatestCounts) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "old").ok());
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "new").ok());
  store_.reset();
  store_ = *SqliteStore::Open(directory_);
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), "new");
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "another"), std::nullopt);
  EXPECT_EQ(*store_->Kept("r1", "demo/other", "adopted"), std::nullopt);
}

TEST_F(KeptTest, ItGoesWithThePlansValues) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "object").ok());
  ASSERT_TRUE(store_->ReplacePlan("r1", {}).ok());
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
}

TEST_F(KeptTest, WithoutItsKeyItCannotBeRead) {
  Create("r1", "prod");
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "object").ok());
  store_.reset();
  std::filesystem::remove(directory_ + "/key");
  store_ = *SqliteStore::Open(directory_);
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
}

TEST_F(KeptTest, AnIntentionIsFoundByClusterReleaseAndRevision) {
  Create("r1", "prod");
  Create("r2", "prod");
  Create("r3", "staging");
  Intend("r1", "demo/web", 4, "first");
  Intend("r2", "demo/web", 4, "second");
  Intend("r3", "demo/web", 4, "elsewhere");
  const auto found = *store_->FindIntention("prod", "demo/web", 4);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->run_id, "r2");
  EXPECT_EQ(found->fingerprint, "second");
  EXPECT_FALSE(store_->FindIntention("prod", "demo/web", 5)->has_value());
  EXPECT_FALSE(store_->FindIntention("prod", "demo/other", 4)->has_value());
}

}  // namespace
}  // namespace wheelhouse::store

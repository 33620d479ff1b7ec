#include "server/store/sqlite/sqlite_store.h"

#include <numeric>

#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

class SqliteStoreTest : public StoreTest {
 protected:
  SqliteStoreTest() { Open(); }
};

TEST_F(SqliteStoreTest, TheDirectoryIsOneDaemons) {
  const auto second = SqliteStore::Open(directory_);
  EXPECT_TRUE(HasReason(second.status(), Reason::kStoreUnavailable));
  EXPECT_NE(std::string(second.status().message()).find(directory_), std::string::npos);
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefused) {
  store_.reset();
  {
    auto database = *Database::Open(directory_ + "/runs.db", false);
    ASSERT_TRUE(database->Execute("PRAGMA user_version=99").ok());
  }
  const auto newer = SqliteStore::Open(directory_);
  EXPECT_TRUE(HasReason(newer.status(), Reason::kStoreUnavailable));
  EXPECT_NE(std::string(newer.status().message()).find("newer daemon"), std::string::npos);
}

TEST_F(SqliteStoreTest, WritesAreCountedUntilTheyAreAnswered) {
  Create("r1");
  const WriteCounts before = store_->Writes();
  std::promise<void> held_up, go;
  std::promise<absl::Status> answered;
  // The first answer holds up the thread that writes.
  store_->AppendAsync({"r1", {Line(1, "one")}}, [&](const absl::Status&) {
    held_up.set_value();
    go.get_future().wait();
  });
  held_up.get_future().wait();
  store_->AppendAsync({"r1", {Line(7, "out of order")}},
                      [&](const absl::Status& status) { answered.set_value(status); });
  EXPECT_EQ(store_->Writes().waiting, 1);
  go.set_value();
  EXPECT_TRUE(absl::IsAborted(answered.get_future().get()));
  const WriteCounts after = store_->Writes();
  EXPECT_EQ(after.waiting, 0);
  EXPECT_EQ(after.failed, 0u) << "an answer, and not a failure of the store";
  EXPECT_GE(after.took.sum(), before.took.sum());
  const auto& counts = after.took.counts();
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), uint64_t{0}), 3u);
}

}  // namespace
}  // namespace wheelhouse::store

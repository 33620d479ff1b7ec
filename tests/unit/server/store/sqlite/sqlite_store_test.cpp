#include "server/store/sqlite/sqlite_store.h"

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

}  // namespace
}  // namespace wheelhouse::store

#include "server/store/sqlite/readers.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::store {
namespace {

class ReadersTest : public testing::Test {
 protected:
  ReadersTest() {
    const auto writing = *Database::Open(path_, /*read_only=*/false);
    EXPECT_TRUE(writing->Execute("CREATE TABLE t(x); INSERT INTO t VALUES(7)").ok());
  }
  static int64_t Read(const Readers::Borrowed& reading) {
    Statement query = *reading->Prepare("SELECT x FROM t");
    EXPECT_TRUE(query.Step().ok());
    return query.Number(0);
  }

  const TestFolder temp_;
  const std::string path_ = temp_.path() + "/runs.db";
};

TEST_F(ReadersTest, AReadGoesOnBesideOneThatHasNotEnded) {
  const auto readers = *Readers::Open(path_, 2);
  const Readers::Borrowed first = readers->Borrow();
  Statement under_way = *first->Prepare("SELECT x FROM t");
  ASSERT_TRUE(*under_way.Step());
  EXPECT_EQ(Read(readers->Borrow()), 7);
  EXPECT_EQ(under_way.Number(0), 7);
}

TEST_F(ReadersTest, AReadThatFindsNoFreeConnectionWaitsForOne) {
  const auto readers = *Readers::Open(path_, 1);
  std::thread other;
  {
    const Readers::Borrowed only = readers->Borrow();
    other = std::thread([&] { EXPECT_EQ(Read(readers->Borrow()), 7); });
    EXPECT_EQ(Read(only), 7);
  }
  other.join();
}

}  // namespace
}  // namespace wheelhouse::store

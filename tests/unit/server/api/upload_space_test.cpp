#include "server/api/upload_space.h"

#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::api {
namespace {

bool IsFull(const absl::Status& status) { return HasReason(status, Reason::kCallerLimit); }

TEST(UploadSpace, OfOneCallerIsBoundedAndWhatIsReturnedCountsNoMore) {
  UploadSpace space({.bytes = 1000, .bytes_per_caller = 100});
  EXPECT_TRUE(space.Take("a", 100).ok());
  EXPECT_TRUE(IsFull(space.Take("a", 1)));
  EXPECT_TRUE(space.Take("b", 100).ok());
  space.Return("a", 40);
  EXPECT_TRUE(IsFull(space.Take("a", 41)));
  EXPECT_TRUE(space.Take("a", 40).ok());
}

TEST(UploadSpace, OfAllCallersIsBoundedAndWhatIsReturnedCountsNoMore) {
  UploadSpace space({.bytes = 150, .bytes_per_caller = 100});
  EXPECT_TRUE(space.Take("a", 100).ok());
  EXPECT_TRUE(IsFull(space.Take("b", 51)));
  EXPECT_TRUE(space.Take("b", 50).ok()) << "what was refused took nothing";
  space.Return("a", 100);
  EXPECT_TRUE(space.Take("c", 100).ok());
  EXPECT_TRUE(IsFull(space.Take("d", 1)));
}

}  // namespace
}  // namespace wheelhouse::api

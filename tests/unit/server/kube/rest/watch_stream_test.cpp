#include "server/kube/rest/watch_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;

constexpr char kAdded[] = R"({"type": "ADDED", "object": {"metadata": {"name": "a"}}})"
                          "\n";
constexpr char kDeleted[] = R"({"type": "DELETED", "object": {"metadata": {"name": "b"}}})"
                            "\n";

class WatchStreamTest : public testing::Test {
 protected:
  std::vector<std::string> seen_;
  WatchStream stream_{
      [this](const WatchEvent& event) { seen_.push_back(Text(event.object, "/metadata/name")); }};
};

TEST_F(WatchStreamTest, EventsComeHoweverTheBodyIsCut) {
  for (const char byte : std::string(kAdded) + kDeleted) {
    EXPECT_TRUE(stream_.Take(absl::string_view(&byte, 1)));
  }
  EXPECT_THAT(seen_, ElementsAre("a", "b"));
  EXPECT_TRUE(stream_.heard());
}

TEST_F(WatchStreamTest, WhatIsNoEventEndsTheWatchUnheard) {
  for (const std::string line :
       {R"({"type": "ERROR", "object": {"code": 410}})", R"({"type": "ADDED", "object": "a"})",
        R"({"type": "ADDED"})", R"({"type": 1, "object": {}})", "[]", "{", ""}) {
    WatchStream stream([](const WatchEvent&) {});
    EXPECT_FALSE(stream.Take(line + "\n")) << line;
    EXPECT_FALSE(stream.heard());
  }
}

TEST_F(WatchStreamTest, ALineThatDoesNotEndIsGivenUp) {
  const std::string part(1 << 20, 'x');
  int taken = 0;
  while (taken < 100 && stream_.Take(part)) ++taken;
  EXPECT_EQ(taken, 16);
}

}  // namespace
}  // namespace wheelhouse::kube

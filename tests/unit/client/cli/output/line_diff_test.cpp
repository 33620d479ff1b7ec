#include "client/cli/output/line_diff.h"

#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

TEST(LineDiff, ShowsWhatChangedWithLinesAround) {
  EXPECT_EQ(LineDiff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nfive\n6\n7\n", "a", "b"),
            "--- a\n+++ b\n@@ -2,6 +2,6 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n");
  EXPECT_EQ(LineDiff("x\n", "x\n", "a", "b"), "");
}

TEST(LineDiff, WhatMovesIsRemovedAndAdded) {
  EXPECT_EQ(LineDiff("a\nb\nc\n", "b\nc\na\n", "x", "y"),
            "--- x\n+++ y\n@@ -1,3 +1,3 @@\n-a\n b\n c\n+a\n");
}

TEST(LineDiff, ChangesFarApartAreSeparate) {
  std::string before, after;
  for (int i = 0; i < 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 2 || i == 25 ? "changed" : std::to_string(i)) + "\n";
  }
  const std::string diff = LineDiff(before, after, "a", "b");
  EXPECT_NE(diff.find("@@ -1,6 +1,6 @@\n"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -23,7 +23,7 @@\n"), std::string::npos) << diff;
}

}  // namespace
}  // namespace wheelhouse::cli

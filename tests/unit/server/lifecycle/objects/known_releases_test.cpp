#include "server/lifecycle/objects/known_releases.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

namespace wheelhouse::lifecycle {
namespace {

helm::ReleaseRecord Record(const std::string& name, const std::string& version = "1") {
  helm::ReleaseRecord record;
  record.ns = "shop";
  record.name = name;
  record.uid = "uid";
  record.resource_version = version;
  return record;
}

std::vector<ManifestObject> Objects(size_t count, const std::string& kind = "Secret") {
  ManifestObject object;
  object.kind = kind;
  object.text = "data: {password: c2VjcmV0}";
  return std::vector<ManifestObject>(count, object);
}

TEST(KnownReleasesTest, ARecordThatWasNotWrittenSinceIsKnown) {
  KnownReleases known;
  known.Keep("prod", Record("web"), Objects(2));
  ASSERT_NE(known.Find("prod", Record("web")), nullptr);
  EXPECT_EQ(known.Find("prod", Record("web"))->size(), 2u);
  EXPECT_EQ(known.Find("prod", Record("web", "2")), nullptr);
  EXPECT_EQ(known.Find("staging", Record("web")), nullptr);
}

TEST(KnownReleasesTest, NoTextIsKept) {
  KnownReleases known;
  known.Keep("prod", Record("web"), Objects(1));
  EXPECT_EQ(known.Find("prod", Record("web"))->at(0).text, "");
}

TEST(KnownReleasesTest, AReleaseWithAJobIsReadEachTime) {
  KnownReleases known;
  known.Keep("prod", Record("web"), Objects(1, "Job"));
  EXPECT_EQ(known.Find("prod", Record("web")), nullptr);
}

TEST(KnownReleasesTest, WhatWasNotAskedForLongestGoesFirst) {
  KnownReleases known;
  const size_t half = KnownReleases::kMostObjects / 2;
  known.Keep("prod", Record("a"), Objects(half));
  known.Keep("prod", Record("b"), Objects(half));
  ASSERT_NE(known.Find("prod", Record("a")), nullptr);
  known.Keep("prod", Record("c"), Objects(1));
  EXPECT_NE(known.Find("prod", Record("a")), nullptr);
  EXPECT_EQ(known.Find("prod", Record("b")), nullptr);
}

}  // namespace
}  // namespace wheelhouse::lifecycle

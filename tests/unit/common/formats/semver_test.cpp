#include "common/formats/semver.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

bool In(const char* version, const char* range) {
  const auto parsed = ParseVersion(version);
  const auto bounds = VersionRange::Parse(range);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(bounds.ok()) << bounds.status();
  return parsed.ok() && bounds.ok() && bounds->Contains(*parsed);
}

TEST(Version, PrecedenceIsThatOfTheSpecification) {
  const char* const ascending[] = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                   "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                   "1.0.0-rc.1",  "1.0.0",         "1.0.1",
                                   "1.2",         "v1.10.0",       "2"};
  for (size_t i = 0; i + 1 < std::size(ascending); ++i) {
    const auto low = *ParseVersion(ascending[i]), high = *ParseVersion(ascending[i + 1]);
    EXPECT_LT(CompareVersions(low, high), 0) << ascending[i] << " and " << ascending[i + 1];
    EXPECT_GT(CompareVersions(high, low), 0);
    EXPECT_EQ(CompareVersions(low, low), 0);
  }
}

TEST(Version, BuildMetadataMeansNothing) {
  EXPECT_EQ(CompareVersions(*ParseVersion("1.2.3+a"), *ParseVersion("1.2.3+b.7")), 0);
}

TEST(Version, WhatIsNoVersionIsRefused) {
  for (const char* text : {"", "v", "one", "1.2.3.4", "1.2.x", "1..2", "1.2.3-", "1.2.3+", "-1.0.0",
                           "1.0.0 ", "99999999999999999999.0.0"}) {
    EXPECT_FALSE(ParseVersion(text).ok()) << text;
  }
}

TEST(VersionRange, SpaceAndCommaAreAnd) {
  EXPECT_TRUE(In("1.9.9", ">=1.2.0 <2.0.0"));
  EXPECT_TRUE(In("1.2.0", ">= 1.2.0, < 2.0.0"));
  EXPECT_FALSE(In("2.0.0", ">=1.2.0 <2.0.0"));
  EXPECT_FALSE(In("1.1.9", ">=1.2.0,<2.0.0"));
  EXPECT_TRUE(In("1.5.0", ">=1.2.0<2.0.0"));
}

TEST(VersionRange, BarsAreOr) {
  EXPECT_TRUE(In("0.9.0", "<1.0.0 || >=2.0.0"));
  EXPECT_TRUE(In("2.1.0", "<1.0.0||>=2.0.0"));
  EXPECT_FALSE(In("1.5.0", "<1.0.0 || >=2.0.0"));
}

TEST(VersionRange, CaretKeepsTheLeftmostNumberThatIsNotZero) {
  EXPECT_TRUE(In("1.9.0", "^1.2.3"));
  EXPECT_FALSE(In("2.0.0", "^1.2.3"));
  EXPECT_FALSE(In("1.2.2", "^1.2.3"));
  EXPECT_TRUE(In("0.2.9", "^0.2.3"));
  EXPECT_FALSE(In("0.3.0", "^0.2.3"));
  EXPECT_FALSE(In("0.0.4", "^0.0.3"));
  EXPECT_TRUE(In("0.0.9", "^0.0"));
  EXPECT_TRUE(In("0.9.0", "^0"));
}

TEST(VersionRange, TildeKeepsTheMinorNumber) {
  EXPECT_TRUE(In("1.2.9", "~1.2.3"));
  EXPECT_FALSE(In("1.3.0", "~1.2.3"));
  EXPECT_TRUE(In("1.9.0", "~1"));
  EXPECT_TRUE(In("1.2.9", "~>1.2"));
}

TEST(VersionRange, PartsLeftOutOrWrittenXStandForAll) {
  EXPECT_TRUE(In("1.2.7", "1.2.x"));
  EXPECT_TRUE(In("1.7.0", "1.*"));
  EXPECT_TRUE(In("1.2.7", "1.2"));
  EXPECT_FALSE(In("1.3.0", "=1.2"));
  EXPECT_FALSE(In("1.2.5", "!=1.2"));
  EXPECT_FALSE(In("1.2.5", ">1.2"));
  EXPECT_TRUE(In("1.3.0", ">1.2"));
  EXPECT_TRUE(In("1.2.5", "<=1.2"));
  EXPECT_FALSE(In("1.2.0", "<1.2"));
  EXPECT_TRUE(In("7.0.0", "*"));
  EXPECT_TRUE(In("2.0.7", "1.2 - 2.0"));
  EXPECT_FALSE(In("2.1.0", "1.2 - 2.0"));
}

TEST(VersionRange, APrereleaseIsInOnlyWhereTheRangeNamesOne) {
  EXPECT_FALSE(In("1.5.0-rc.1", ">=1.2.0 <2.0.0"));
  EXPECT_TRUE(In("1.5.0-rc.1", ">=1.2.0-0 <2.0.0"));
  EXPECT_FALSE(In("2.0.0-rc.1", "^1.2.0-0"));
  EXPECT_FALSE(In("1.5.0-rc.1", "*"));
}

TEST(VersionRange, WhatIsNoRangeIsRefused) {
  for (const char* text :
       {"", " ", "||", "1.0.0 ||", ">=", "latest", "=>=1.0.0", ">1.x.3", "1.2-rc.1 - "}) {
    EXPECT_FALSE(VersionRange::Parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace wheelhouse

#include "common/time.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

TEST(Time, TimestampsKeepMicroseconds) {
  const absl::Time time = absl::FromUnixMicros(1'800'000'000'123'456);
  EXPECT_EQ(ToProto(time).seconds(), 1'800'000'000);
  EXPECT_EQ(ToProto(time).nanos(), 123'456'000);
  EXPECT_EQ(ToTime(ToProto(time)), time);
  EXPECT_EQ(ToTime(ToProto(time + absl::Nanoseconds(789))), time);
}

TEST(Time, TimesBefore1970CountUpToTheirSecond) {
  const absl::Time time = absl::FromUnixMicros(-1);
  EXPECT_EQ(ToProto(time).seconds(), -1);
  EXPECT_EQ(ToProto(time).nanos(), 999'999'000);
  EXPECT_EQ(ToTime(ToProto(time)), time);
}

TEST(Time, TimesThatATimestampCannotHoldBecomeItsFirstOrLast) {
  constexpr int64_t kYear1 = -62'135'596'800, kYear9999 = 253'402'300'799;
  EXPECT_EQ(ToProto(absl::InfinitePast()).seconds(), kYear1);
  EXPECT_EQ(ToProto(absl::FromUnixSeconds(INT64_MIN / 2)).seconds(), kYear1);
  EXPECT_EQ(ToProto(absl::InfiniteFuture()).seconds(), kYear9999);
}

TEST(Time, DurationsKeepNanosecondsAndTheirSign) {
  const absl::Duration duration = absl::Seconds(5) + absl::Nanoseconds(1);
  for (const absl::Duration one : {duration, -duration, absl::ZeroDuration()})
    EXPECT_EQ(ToDuration(ToProto(one)), one);
  EXPECT_EQ(ToProto(-duration).seconds(), -5);
  EXPECT_EQ(ToProto(-duration).nanos(), -1);
  EXPECT_EQ(ToProto(absl::Nanoseconds(1) / 2).nanos(), 0);
}

TEST(Time, DurationsThatTheMessageCannotHoldBecomeItsLongest) {
  const int64_t longest = int64_t{315'576'000'000};
  EXPECT_EQ(ToProto(absl::InfiniteDuration()).seconds(), longest);
  EXPECT_EQ(ToProto(-absl::InfiniteDuration()).seconds(), -longest);
  EXPECT_EQ(ToProto(absl::Seconds(longest) + absl::Hours(1)).nanos(), 0);
}

TEST(Time, WhatIsUnsetIsTheEpochAndZero) {
  EXPECT_EQ(ToTime({}), absl::UnixEpoch());
  EXPECT_EQ(ToDuration({}), absl::ZeroDuration());
}

TEST(Time, MessagesOfAnySizeCanBeRead) {
  google::protobuf::Timestamp time;
  time.set_seconds(INT64_MAX);
  EXPECT_GT(ToTime(time), absl::FromUnixSeconds(int64_t{1} << 40));
  google::protobuf::Duration duration;
  duration.set_seconds(INT64_MIN);
  duration.set_nanos(-1);
  EXPECT_LT(ToDuration(duration), absl::Seconds(-(int64_t{1} << 40)));
}

TEST(Time, Rfc3339IsReadWithAnyOffsetAndWrittenInUtc) {
  const auto time = ParseRfc3339("2026-01-31T13:00:00.5+01:00");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(Rfc3339(*time), "2026-01-31T12:00:00.5+00:00");
  EXPECT_EQ(ParseRfc3339("yesterday"), std::nullopt);
  EXPECT_EQ(ParseRfc3339(""), std::nullopt);
  EXPECT_EQ(ParseRfc3339("infinite-future"), std::nullopt);
}

}  // namespace
}  // namespace wheelhouse

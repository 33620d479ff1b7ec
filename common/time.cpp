#include "common/time.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace wheelhouse {
namespace {

using google::protobuf::util::TimeUtil;

// Whole seconds, and the rest, which has the same sign.
struct Split {
  int64_t seconds;
  absl::Duration rest;
};

Split SecondsOf(absl::Duration duration) {
  Split split;
  split.seconds = absl::IDivDuration(duration, absl::Seconds(1), &split.rest);
  return split;
}

}  // namespace

absl::Time ToTime(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

absl::Duration ToDuration(const google::protobuf::Duration& proto) {
  return absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  const absl::Time first = absl::FromUnixSeconds(TimeUtil::kTimestampMinSeconds);
  const absl::Time last =
      absl::FromUnixSeconds(TimeUtil::kTimestampMaxSeconds) + absl::Microseconds(999'999);
  const absl::Duration since_epoch =
      absl::Floor(std::clamp(time, first, last) - absl::UnixEpoch(), absl::Microseconds(1));
  Split split = SecondsOf(since_epoch);
  if (split.rest < absl::ZeroDuration()) split = {split.seconds - 1, split.rest + absl::Seconds(1)};
  google::protobuf::Timestamp proto;
  proto.set_seconds(split.seconds);
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(split.rest)));
  return proto;
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  const absl::Duration longest = absl::Seconds(TimeUtil::kDurationMaxSeconds);
  const Split split = SecondsOf(std::clamp(duration, -longest, longest));
  google::protobuf::Duration proto;
  proto.set_seconds(split.seconds);
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(split.rest)));
  return proto;
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

std::optional<absl::Time> ParseRfc3339(absl::string_view text) {
  absl::Time time;
  // Abseil reads `infinite-future` too.
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast())
    return std::nullopt;
  return time;
}

absl::StatusOr<absl::Duration> ParseDurationText(const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("expected a duration such as 90s, 10m or 1h30m, not ", text));
  }
  return duration;
}

}  // namespace wheelhouse

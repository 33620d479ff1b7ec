// Times and durations: google.protobuf <-> absl, and the texts that are read and written.
//
// What one side cannot hold becomes the nearest that it can: infinities and times outside of the
// years 1 to 9999 become the first or last Timestamp, durations over 10000 years the longest
// Duration. A Timestamp is made with whole microseconds (the store keeps no finer ones), a Duration
// with whole nanoseconds; what is finer is dropped. An unset message reads as 1970 and as zero: ask
// has_FIELD() first where unset means something else. Pure functions.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>

namespace wheelhouse {

absl::Time ToTime(const google::protobuf::Timestamp& proto);
absl::Duration ToDuration(const google::protobuf::Duration& proto);

google::protobuf::Timestamp ToProto(absl::Time time);
google::protobuf::Duration ToProto(absl::Duration duration);

// `2026-01-31T12:00:00.5+00:00`: in UTC, with as many digits of a second as the time has.
std::string Rfc3339(absl::Time time);
// Reads it with any offset; nullopt when it is something else.
std::optional<absl::Time> ParseRfc3339(absl::string_view text);

// `10m`, `1h30m`, `90s`, `500ms` as people write them in a plan or a flag. INVALID_ARGUMENT,
// without a Reason, for anything else, and for what is negative or endless.
absl::StatusOr<absl::Duration> ParseDurationText(const std::string& text);

}  // namespace wheelhouse

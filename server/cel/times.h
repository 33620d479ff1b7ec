// Timestamps and durations: their texts and their arithmetic, as Go's time package has them. Pure
// functions.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>

#include "server/cel/value.h"

namespace wheelhouse::cel {

// RFC 3339. nullopt for other texts; the year may lie outside 1 to 9999.
std::optional<Timestamp> ReadTimestamp(absl::string_view text);

// With its own offset, and as many digits of a second as are not zero.
std::string TimestampText(const Timestamp& timestamp);

// As Go's time.ParseDuration: `1h30m`, `-1.5s`, `0`.
std::optional<Duration> ReadDuration(absl::string_view text);

// Seconds: `90s`, `0.5s`.
std::string DurationText(const Duration& duration);

// The timestamp at `seconds`; OUT_OF_RANGE outside the years 1 to 9999.
absl::StatusOr<Value> InRange(Timestamp timestamp);

// `from` and `nanos` more. OUT_OF_RANGE.
absl::StatusOr<Value> Later(const Timestamp& from, int64_t nanos);

// The duration from one to the other. OUT_OF_RANGE.
absl::StatusOr<Value> Between(const Timestamp& from, const Timestamp& to);

}  // namespace wheelhouse::cel

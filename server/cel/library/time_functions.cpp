// What a timestamp or a duration is asked for: getHours() and the like.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/functions.h"
#include "server/cel/numbers.h"

namespace wheelhouse::cel {
namespace {

using Arguments = absl::Span<const Value>;

// `-07:00`, or the seconds east of UTC that it means; nullopt for other texts.
std::optional<int64_t> FixedOffset(absl::string_view zone) {
  const size_t colon = zone.find(':');
  const auto hours = ReadInt(zone.substr(0, colon), 10);
  const auto minutes = ReadInt(zone.substr(colon + 1), 10);
  if (!hours || !minutes || std::abs(*hours) > 24 || *minutes < 0 || *minutes > 59)
    return std::nullopt;
  return (*hours * 60 + (zone[0] == '-' ? -*minutes : *minutes)) * 60;
}

// Absl would open any file of that name.
bool IsZoneName(absl::string_view name) {
  return !absl::StartsWith(name, "/") && !absl::StrContains(name, "..") &&
         std::ranges::all_of(name, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::StrContains("_+-/", c);
         });
}

// The date and time of day that a clock in the zone shows; without a zone, in UTC.
absl::StatusOr<absl::CivilSecond> ClockTime(Arguments arguments) {
  const int64_t seconds = arguments[0].get<Timestamp>().seconds;
  const absl::string_view zone = arguments.size() > 1 ? arguments[1].text() : "";
  if (absl::StrContains(zone, ":")) {
    const auto offset = FixedOffset(zone);
    if (!offset) return absl::InvalidArgumentError("a fixed time zone is written as `+02:00`");
    return absl::CivilSecond(1970, 1, 1) + (seconds + *offset);
  }
  absl::TimeZone loaded = absl::UTCTimeZone();
  if (!zone.empty() && (!IsZoneName(zone) || !absl::LoadTimeZone(zone, &loaded)))
    return absl::InvalidArgumentError(
        "there is no time zone of that name; a name is, for example, `Europe/Paris`");
  return absl::ToCivilSecond(absl::FromUnixSeconds(seconds), loaded);
}

// For one argument, a timestamp, or two, the second of which is a time zone.
template <int64_t (*Get)(const absl::CivilSecond&)>
absl::StatusOr<Value> FromClock(Evaluation& evaluation, Arguments arguments) {
  if (!arguments[0].is(Kind::kTimestamp) ||
      (arguments.size() > 1 && !arguments[1].is(Kind::kString)))
    return NoOverload("a timestamp's function", arguments);
  RETURN_IF_ERROR(evaluation.Spend(20));  // a zone may have to be found
  ASSIGN_OR_RETURN(const absl::CivilSecond civil, ClockTime(arguments));
  return Value(Get(civil));
}

// Go divides as doubles.
template <int64_t unit>
absl::StatusOr<Value> FromDuration(int64_t nanos) {
  const int64_t whole = nanos / unit;
  return Value(
      static_cast<int64_t>(static_cast<double>(whole) + static_cast<double>(nanos % unit) / unit));
}

// The same for a timestamp's clock, or a whole duration in units of so many nanoseconds.
template <int64_t (*Get)(const absl::CivilSecond&), int64_t unit>
absl::StatusOr<Value> FromEither(Evaluation& evaluation, Arguments arguments) {
  if (arguments.size() == 1 && arguments[0].is(Kind::kDuration))
    return FromDuration<unit>(arguments[0].get<Duration>().nanos);
  return FromClock<Get>(evaluation, arguments);
}

absl::StatusOr<Value> Milliseconds(Evaluation& evaluation, Arguments arguments) {
  constexpr int64_t kMilli = 1'000'000;
  if (arguments.size() == 1 && arguments[0].is(Kind::kDuration))
    return Value(arguments[0].get<Duration>().nanos / kMilli);
  RETURN_IF_ERROR(
      FromClock<+[](const absl::CivilSecond&) -> int64_t { return 0; }>(evaluation, arguments)
          .status());
  return Value(arguments[0].get<Timestamp>().nanos / kMilli);
}

int64_t Year(const absl::CivilSecond& clock) { return clock.year(); }
int64_t Month(const absl::CivilSecond& clock) { return clock.month() - 1; }
int64_t Date(const absl::CivilSecond& clock) { return clock.day(); }
int64_t DayOfMonth(const absl::CivilSecond& clock) { return clock.day() - 1; }
int64_t DayOfYear(const absl::CivilSecond& clock) {
  return absl::GetYearDay(absl::CivilDay(clock)) - 1;
}
int64_t DayOfWeek(const absl::CivilSecond& clock) {
  return (static_cast<int64_t>(absl::GetWeekday(absl::CivilDay(clock))) + 1) % 7;  // Sunday is 0
}
int64_t Hours(const absl::CivilSecond& clock) { return clock.hour(); }
int64_t Minutes(const absl::CivilSecond& clock) { return clock.minute(); }
int64_t Seconds(const absl::CivilSecond& clock) { return clock.second(); }

constexpr int64_t kSecond = 1'000'000'000;

}  // namespace

absl::Span<const Function> TimeFunctions() {
  static constexpr Function kFunctions[] = {
      {"getFullYear", true, 1, FromClock<Year>},
      {"getFullYear", true, 2, FromClock<Year>},
      {"getMonth", true, 1, FromClock<Month>},
      {"getMonth", true, 2, FromClock<Month>},
      {"getDate", true, 1, FromClock<Date>},
      {"getDate", true, 2, FromClock<Date>},
      {"getDayOfMonth", true, 1, FromClock<DayOfMonth>},
      {"getDayOfMonth", true, 2, FromClock<DayOfMonth>},
      {"getDayOfYear", true, 1, FromClock<DayOfYear>},
      {"getDayOfYear", true, 2, FromClock<DayOfYear>},
      {"getDayOfWeek", true, 1, FromClock<DayOfWeek>},
      {"getDayOfWeek", true, 2, FromClock<DayOfWeek>},
      {"getHours", true, 1, FromEither<Hours, 3600 * kSecond>},
      {"getHours", true, 2, FromClock<Hours>},
      {"getMinutes", true, 1, FromEither<Minutes, 60 * kSecond>},
      {"getMinutes", true, 2, FromClock<Minutes>},
      {"getSeconds", true, 1, FromEither<Seconds, kSecond>},
      {"getSeconds", true, 2, FromClock<Seconds>},
      {"getMilliseconds", true, 1, Milliseconds},
      {"getMilliseconds", true, 2, Milliseconds},
  };
  return kFunctions;
}

}  // namespace wheelhouse::cel

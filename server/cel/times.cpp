#include "server/cel/times.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <limits>
#include <utility>

#include "server/cel/errors.h"
#include "server/cel/numbers.h"

namespace wheelhouse::cel {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kFirstSecond = -62135596800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253402300799;   // 9999-12-31T23:59:59Z

// Reads texts of a fixed form from left to right.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits, of a number from `least` to `most`.
  bool Number(size_t digits, int least, int most, int* number) {
    if (text_.size() < digits) return false;
    *number = 0;
    for (const char c : text_.substr(0, digits)) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
      *number = *number * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return *number >= least && *number <= most;
  }
  // Digits after the point, as billionths; those after the ninth do not count.
  bool Fraction(int32_t* nanos) {
    int64_t scale = kSecond;
    size_t size = 0;
    for (; size < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[size]));
         ++size) {
      scale /= 10;
      *nanos += static_cast<int32_t>((text_[size] - '0') * scale);
    }
    text_.remove_prefix(size);
    return size > 0;
  }
  bool AtEnd() const { return text_.empty(); }

 private:
  absl::string_view text_;
};

// The unit that `text` begins with, in nanoseconds, and the size of its name.
std::pair<int64_t, size_t> Unit(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && text[size] != '.' &&
         !absl::ascii_isdigit(static_cast<unsigned char>(text[size])))
    ++size;
  static constexpr std::pair<absl::string_view, int64_t> kUnits[] = {
      {"ns", 1},         {"us", 1000},   {"\u00B5s", 1000},   {"\u03BCs", 1000},
      {"ms", 1'000'000}, {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond}};
  for (const auto& [name, nanos] : kUnits) {
    if (name == text.substr(0, size)) return {nanos, size};
  }
  return {0, 0};
}

// One number with its unit, in nanoseconds, taken off `text`. Fractions are doubles, as in Go.
std::optional<uint64_t> TakePart(absl::string_view* text) {
  size_t size = 0;
  const auto digits = [&] {
    const size_t begin = size;
    while (size < text->size() && absl::ascii_isdigit(static_cast<unsigned char>((*text)[size])))
      ++size;
    return text->substr(begin, size - begin);
  };
  const absl::string_view whole = digits();
  absl::string_view fraction;
  if (size < text->size() && (*text)[size] == '.') {
    ++size;
    fraction = digits();
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  const auto [unit, name] = Unit(text->substr(size));
  if (unit == 0) return std::nullopt;
  text->remove_prefix(size + name);
  const auto number = whole.empty() ? std::optional<uint64_t>(0) : ReadUint(whole, 10);
  constexpr uint64_t kMost = uint64_t{1} << 63;
  if (!number || *number > kMost / static_cast<uint64_t>(unit)) return std::nullopt;
  uint64_t nanos = *number * static_cast<uint64_t>(unit);
  double scale = 1;
  uint64_t part = 0;
  for (const char digit : fraction) {
    if (part > (kMost - 1) / 10) break;  // further digits do not count
    const uint64_t next = part * 10 + static_cast<uint64_t>(digit - '0');
    if (next > kMost) break;
    part = next;
    scale *= 10;
  }
  if (part > 0)
    nanos += static_cast<uint64_t>(static_cast<double>(part) * (static_cast<double>(unit) / scale));
  return nanos > kMost ? std::nullopt : std::optional(nanos);
}

}  // namespace

std::optional<Timestamp> ReadTimestamp(absl::string_view text) {
  Reader reader(text);
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!reader.Number(4, 0, 9999, &year) || !reader.Take('-') || !reader.Number(2, 1, 12, &month) ||
      !reader.Take('-') || !reader.Number(2, 1, 31, &day) || !reader.Take('T') ||
      !reader.Number(2, 0, 23, &hour) || !reader.Take(':') || !reader.Number(2, 0, 59, &minute) ||
      !reader.Take(':') || !reader.Number(2, 0, 59, &second))
    return std::nullopt;
  Timestamp timestamp;
  if (reader.Take('.') && !reader.Fraction(&timestamp.nanos)) return std::nullopt;
  if (!reader.Take('Z')) {
    const bool minus = reader.Take('-');
    int hours = 0, minutes = 0;
    if (!minus && !reader.Take('+')) return std::nullopt;
    if (!reader.Number(2, 0, 24, &hours) || !reader.Take(':') || !reader.Number(2, 0, 60, &minutes))
      return std::nullopt;
    timestamp.offset = (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (!reader.AtEnd() || civil.day() != day) return std::nullopt;  // there is no 30 February
  timestamp.seconds = (civil - absl::CivilSecond(1970, 1, 1)) - timestamp.offset;
  return timestamp;
}

std::string TimestampText(const Timestamp& timestamp) {
  const absl::CivilSecond civil =
      absl::CivilSecond(1970, 1, 1) + (timestamp.seconds + timestamp.offset);
  std::string text = absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(),
                                     civil.day(), civil.hour(), civil.minute(), civil.second());
  if (timestamp.nanos != 0) {
    std::string fraction = absl::StrFormat(".%09d", timestamp.nanos);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += fraction;
  }
  if (timestamp.offset == 0) return text + "Z";
  const int minutes = std::abs(timestamp.offset) / 60;
  return text + absl::StrFormat("%c%02d:%02d", timestamp.offset < 0 ? '-' : '+', minutes / 60,
                                minutes % 60);
}

std::optional<Duration> ReadDuration(absl::string_view text) {
  const bool minus = absl::StartsWith(text, "-");
  if (minus || absl::StartsWith(text, "+")) text.remove_prefix(1);
  if (text == "0") return Duration{0};
  if (text.empty()) return std::nullopt;
  uint64_t nanos = 0;
  constexpr uint64_t kMost = uint64_t{1} << 63;
  while (!text.empty()) {
    const auto part = TakePart(&text);
    if (!part || nanos + *part > kMost) return std::nullopt;
    nanos += *part;
  }
  if (minus) return Duration{static_cast<int64_t>(~nanos + 1)};
  if (nanos >= kMost) return std::nullopt;
  return Duration{static_cast<int64_t>(nanos)};
}

std::string DurationText(const Duration& duration) {
  const int64_t whole = duration.nanos / kSecond;
  const double seconds =
      static_cast<double>(whole) + static_cast<double>(duration.nanos % kSecond) / 1e9;
  return PlainDoubleText(seconds) + "s";
}

absl::StatusOr<Value> InRange(Timestamp timestamp) {
  if (timestamp.seconds < kFirstSecond || timestamp.seconds > kLastSecond)
    return absl::OutOfRangeError("a timestamp lies outside the years 1 to 9999");
  return Value(timestamp);
}

absl::StatusOr<Value> Later(const Timestamp& from, int64_t nanos) {
  Timestamp later = from;
  later.seconds += nanos / kSecond;
  int64_t rest = from.nanos + nanos % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --later.seconds;
  } else if (rest >= kSecond) {
    rest -= kSecond;
    ++later.seconds;
  }
  later.nanos = static_cast<int32_t>(rest);
  return InRange(later);
}

absl::StatusOr<Value> Between(const Timestamp& from, const Timestamp& to) {
  int64_t nanos = 0;
  if (__builtin_mul_overflow(to.seconds - from.seconds, kSecond, &nanos) ||
      __builtin_add_overflow(nanos, int64_t{to.nanos} - from.nanos, &nanos))
    return Overflow("-");
  return Value(Duration{nanos});
}

}  // namespace wheelhouse::cel

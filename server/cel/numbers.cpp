#include "server/cel/numbers.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace wheelhouse::cel {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

template <typename T>
std::optional<T> ReadAll(absl::string_view text, int base) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int Order(double a, double b) { return a < b ? -1 : a > b ? 1 : 0; }

int OrderDouble(double a, const Value& b) {
  if (b.is(Kind::kInt)) {
    if (a < -kTwoTo63) return -1;
    return a > kTwoTo63 ? 1 : Order(a, static_cast<double>(b.get<int64_t>()));
  }
  if (a < 0) return -1;
  return a > kTwoTo64 ? 1 : Order(a, static_cast<double>(b.get<uint64_t>()));
}

int OrderIntUint(int64_t a, uint64_t b) {
  if (a < 0) return -1;
  const auto unsigned_a = static_cast<uint64_t>(a);
  return unsigned_a < b ? -1 : unsigned_a > b ? 1 : 0;
}

std::optional<double> Named(absl::string_view text) {
  const std::string word = absl::AsciiStrToLower(text);
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const char* name : {"inf", "infinity"}) {
    if (word == name || word == absl::StrCat("+", name)) return infinity;
    if (word == absl::StrCat("-", name)) return -infinity;
  }
  return std::nullopt;
}

}  // namespace

std::optional<int64_t> ReadInt(absl::string_view text, int base) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (text.empty() || text[0] == '-') return std::nullopt;
  }
  return ReadAll<int64_t>(text, base);
}

std::optional<uint64_t> ReadUint(absl::string_view text, int base) {
  if (!text.empty() && text[0] == '-') return std::nullopt;
  return ReadAll<uint64_t>(text, base);
}

std::optional<double> ReadDouble(absl::string_view text) {
  if (const auto named = Named(text)) return named;
  // from_chars takes no plus, but words, which have been read already.
  const bool sign = !text.empty() && (text[0] == '+' || text[0] == '-');
  const absl::string_view digits = text.substr(sign ? 1 : 0);
  if (sign && text[0] == '+') text = digits;
  if (digits.empty() || !(absl::ascii_isdigit(digits[0]) || digits[0] == '.')) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc()) return number;
  // Out of range: too small is zero, too large is none. from_chars does not say which.
  const std::string copy(text);
  number = std::strtod(copy.c_str(), nullptr);
  return std::isinf(number) ? std::nullopt : std::optional(number);
}

std::string DoubleText(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Inf" : "+Inf";
  char buffer[64];
  const auto scientific =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific);
  const absl::string_view text(buffer, static_cast<size_t>(scientific.ptr - buffer));
  const size_t e = text.find('e');
  const auto exponent = ReadInt(text.substr(e + 1), 10);
  if (*exponent < -4 || *exponent >= 6) return std::string(text);
  return PlainDoubleText(number);
}

std::string PlainDoubleText(double number) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::fixed);
  return std::string(buffer, end.ptr);
}

std::optional<int> CompareNumbers(const Value& a, const Value& b) {
  for (const Value* number : {&a, &b}) {
    if (number->is(Kind::kDouble) && std::isnan(number->get<double>())) return std::nullopt;
  }
  if (a.is(Kind::kDouble)) {
    return b.is(Kind::kDouble) ? Order(a.get<double>(), b.get<double>())
                               : OrderDouble(a.get<double>(), b);
  }
  if (b.is(Kind::kDouble)) return -OrderDouble(b.get<double>(), a);
  if (a.kind() != b.kind()) {
    return a.is(Kind::kInt) ? OrderIntUint(a.get<int64_t>(), b.get<uint64_t>())
                            : -OrderIntUint(b.get<int64_t>(), a.get<uint64_t>());
  }
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  return a.is(Kind::kInt) ? order(a.get<int64_t>(), b.get<int64_t>())
                          : order(a.get<uint64_t>(), b.get<uint64_t>());
}

std::optional<int64_t> WholeInt(const Value& number) {
  if (number.is(Kind::kInt)) return number.get<int64_t>();
  if (number.is(Kind::kUint)) {
    const uint64_t whole = number.get<uint64_t>();
    if (whole > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    return static_cast<int64_t>(whole);
  }
  const auto whole = IntOf(number.get<double>());
  if (!whole || static_cast<double>(*whole) != number.get<double>()) return std::nullopt;
  return whole;
}

std::optional<int64_t> IntOf(double number) {
  if (!(number > -kTwoTo63 && number < kTwoTo63)) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<uint64_t> UintOf(double number) {
  if (!(number >= 0 && number < kTwoTo64)) return std::nullopt;
  return static_cast<uint64_t>(number);
}

}  // namespace wheelhouse::cel

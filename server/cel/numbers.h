// Numbers as texts and in comparison, as Go's strconv reads and writes them and cel-go orders them.
// Pure functions.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>

#include "server/cel/value.h"

namespace wheelhouse::cel {

// Decimal digits after an optional sign; base 16 takes hex digits, without `0x`.
std::optional<int64_t> ReadInt(absl::string_view text, int base);
// Without a sign.
std::optional<uint64_t> ReadUint(absl::string_view text, int base);
// Decimal, with fraction and exponent, or an infinity or NaN by name. nullopt also for a number
// that is too large.
std::optional<double> ReadDouble(absl::string_view text);

// As Go's %g: the shortest text that is read back as `number`, `1e+06` from a million.
std::string DoubleText(double number);
// The shortest such text without an exponent.
std::string PlainDoubleText(double number);

// -1, 0 or 1 for two numbers of any kinds, by their values; nullopt when one is NaN.
std::optional<int> CompareNumbers(const Value& a, const Value& b);

// The number as an int, when it is a whole one that fits.
std::optional<int64_t> WholeInt(const Value& number);

// Truncated, when it fits; the bounds are cel-go's.
std::optional<int64_t> IntOf(double number);
std::optional<uint64_t> UintOf(double number);

}  // namespace wheelhouse::cel

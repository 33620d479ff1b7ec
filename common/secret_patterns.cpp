#include "common/secret_patterns.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/secret_forms.h"
#include "common/secret_names.h"

namespace wheelhouse {
namespace {

constexpr absl::string_view kMask = "***";
constexpr absl::string_view kSpaces = " \t";
constexpr absl::string_view kQuotes = "\\\"'";
// No name and no bearer's scheme is longer.
constexpr size_t kLongestName = 128;

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.'; }

// What stands at the end of `text` before `characters`.
absl::string_view WithoutEnd(absl::string_view text, absl::string_view characters) {
  const size_t last = text.find_last_not_of(characters);
  return text.substr(0, last == absl::string_view::npos ? 0 : last + 1);
}

// The words that API servers put after the path of a field.
bool IsVerdict(absl::string_view word) {
  for (const char* verdict :
       {"Invalid", "Required", "Forbidden", "Duplicate", "Unsupported", "Internal"}) {
    if (word == verdict) return true;
  }
  return false;
}

// Whether `before`, which ends with a name, says that a secret follows.
bool NamesSecret(absl::string_view before) {
  before = WithoutEnd(WithoutEnd(before, kSpaces), kQuotes);
  size_t begin = before.size();
  while (begin > 0 && before.size() - begin < kLongestName && IsNameCharacter(before[begin - 1]))
    --begin;
  const absl::string_view path = before.substr(begin);
  const size_t dot = path.rfind('.');
  const absl::string_view name = dot == absl::string_view::npos ? path : path.substr(dot + 1);
  return WhatNameSays(name) == NameSays::kSecret;
}

// The value that `rest` begins with, after spaces and quotes.
absl::string_view ValueIn(absl::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\\"), rest.size()));
  const bool quoted = !rest.empty() && (rest[0] == '"' || rest[0] == '\'');
  if (!quoted) return rest.substr(0, rest.find_first_of(" \t\"',;\\"));
  const char quote = rest[0];
  rest.remove_prefix(1);
  const size_t end = rest.find(quote);
  // A backslash before the end is the escape of that quote.
  return WithoutEnd(rest.substr(0, end), "\\");
}

// Whether `value`, after `: ` in `line`, is a word of a sentence: `getting credentials: exec: no
// such file`, `bad token: expired at noon`.
bool IsProse(absl::string_view line, absl::string_view value) {
  if (IsVerdict(value) || absl::EndsWith(value, ":")) return true;
  const absl::string_view after =
      line.substr(static_cast<size_t>(value.data() + value.size() - line.data()));
  return absl::StartsWith(after, " ") &&
         std::all_of(value.begin(), value.end(), absl::ascii_islower);
}

// The value after `line[at]`, a `=` or `:`; empty when none is masked.
absl::string_view SecretAfter(absl::string_view line, size_t at) {
  if (!NamesSecret(line.substr(0, at))) return {};
  const absl::string_view value = ValueIn(line.substr(at + 1));
  if (value.size() < kShortestSecret || IsCommonWord(value)) return {};
  const bool in_words = line[at] == ':' && absl::StartsWith(line.substr(at + 1), " ") &&
                        value.data() == line.data() + at + 2;
  return in_words && IsProse(line, value) ? absl::string_view() : value;
}

// The token after `bearer`, which `line` has at `at`.
absl::string_view BearerToken(absl::string_view line, size_t at) {
  absl::string_view rest = line.substr(at);
  if (!absl::StartsWithIgnoreCase(rest, "bearer ")) return {};
  rest.remove_prefix(std::min(rest.find_first_not_of(' ', 7), rest.size()));
  const absl::string_view token = rest.substr(0, rest.find_first_of(" \t\"',;"));
  return token.size() >= kShortestSecret ? token : absl::string_view();
}

// The password of `://USER:PASSWORD@`, which `line` has at `at`.
absl::string_view UrlPassword(absl::string_view line, size_t at) {
  absl::string_view rest = line.substr(at);
  if (!absl::StartsWith(rest, "://")) return {};
  rest = rest.substr(3, rest.find_first_of(" \t\"'/?#", 3) - 3);
  const size_t colon = rest.find(':'), end = rest.rfind('@');
  if (colon == absl::string_view::npos || end == absl::string_view::npos || end < colon) return {};
  return rest.substr(colon + 1, end - colon - 1);
}

absl::string_view SecretAt(absl::string_view line, size_t at) {
  switch (line[at]) {
    case 'b':
    case 'B':
      return BearerToken(line, at);
    case ':':
      if (const absl::string_view password = UrlPassword(line, at); !password.empty())
        return password;
      return SecretAfter(line, at);
    case '=':
      return SecretAfter(line, at);
    default:
      return {};
  }
}

}  // namespace

std::string MaskLooks(absl::string_view line) {
  std::string masked;
  for (size_t at = 0; at < line.size();) {
    const absl::string_view secret = SecretAt(line, at);
    if (secret.empty()) {
      masked += line[at++];
      continue;
    }
    const auto begin = static_cast<size_t>(secret.data() - line.data());
    absl::StrAppend(&masked, line.substr(at, begin - at), kMask);
    at = begin + secret.size();
  }
  return masked;
}

}  // namespace wheelhouse

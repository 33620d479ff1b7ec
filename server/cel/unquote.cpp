// Texts and bytes as they are written in an expression.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include "common/status_macros.h"
#include "server/cel/lexer.h"
#include "server/cel/utf8_text.h"

namespace wheelhouse::cel {
namespace {

// What a backslash and one letter stand for; 0 for others.
char Simple(char letter) {
  static constexpr absl::string_view kLetters = "abfnrtv\\'\"`?";
  static constexpr absl::string_view kMeant = "\a\b\f\n\r\t\v\\'\"`?";
  const size_t at = kLetters.find(letter);
  return at == absl::string_view::npos ? '\0' : kMeant[at];
}

// A number that an escape gives by its digits.
struct Code {
  uint32_t value = 0;
  size_t size = 0;  // of the escape, after the backslash; 0: it is none
};

Code ReadCode(absl::string_view escape, bool bytes) {
  const bool octal = escape[0] >= '0' && escape[0] <= '3';
  const size_t begin = octal ? 0 : 1;
  const size_t digits = octal                                  ? 3
                        : escape[0] == 'x' || escape[0] == 'X' ? 2
                        : escape[0] == 'u' && !bytes           ? 4
                        : escape[0] == 'U' && !bytes           ? 8
                                                               : 0;
  if (digits == 0 || escape.size() < begin + digits) return {};
  uint32_t value = 0;
  for (const char c : escape.substr(begin, digits)) {
    const int digit = absl::ascii_isdigit(c)    ? c - '0'
                      : absl::ascii_isxdigit(c) ? absl::ascii_tolower(c) - 'a' + 10
                                                : 99;
    if (digit >= (octal ? 8 : 16)) return {};
    value = value * (octal ? 8 : 16) + static_cast<uint32_t>(digit);
  }
  const bool character = value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF);
  if (!bytes && !character) return {};
  return {value, begin + digits};
}

}  // namespace

absl::StatusOr<std::string> Unquote(const Token& token) {
  absl::string_view text = token.text;
  const bool bytes = token.kind == Token::kBytes;
  if (bytes) text.remove_prefix(1);
  const bool raw = text[0] == 'r' || text[0] == 'R';
  if (raw) text.remove_prefix(1);
  const std::string quotes(3, text[0]);
  const size_t size = text.size() >= 6 && absl::StartsWith(text, quotes) ? 3 : 1;
  std::string inner = absl::StrReplaceAll(text.substr(size, text.size() - 2 * size),
                                          {{"\r\n", "\n"}, {"\r", "\n"}});
  if (raw) return inner;
  std::string out;
  for (size_t at = 0; at < inner.size();) {
    if (inner[at] != '\\') {
      out += inner[at++];
      continue;
    }
    const absl::string_view escape = absl::string_view(inner).substr(at + 1);
    if (const char simple = Simple(escape[0]); simple != '\0') {
      out += simple;
      at += 2;
      continue;
    }
    const Code code = ReadCode(escape, bytes);
    if (code.size == 0)
      return SyntaxError(token.at, absl::StrCat("`\\", escape.substr(0, 1),
                                                "` begins no escape; a backslash is `\\\\`, or "
                                                "write r'...', in which it means itself"));
    bytes ? out.push_back(static_cast<char>(code.value)) : AppendUtf8(code.value, &out);
    at += 1 + code.size;
  }
  return out;
}

}  // namespace wheelhouse::cel

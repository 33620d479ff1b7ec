#include "client/cli/output/terminal_text.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <locale.h>
#include <wchar.h>

#include "common/utf8.h"

namespace wheelhouse::cli {
namespace {

constexpr absl::string_view kTab = "    ", kMore = "...";

bool Obeyed(char32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f); }

// Soft hyphen, zero-width and bidirectional marks, line separators, tags.
bool Invisible(char32_t code) {
  return code == 0xad || code == 0x61c || (code >= 0x200b && code <= 0x200f) ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
         code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
         (code >= 0xe0000 && code <= 0xe0fff);
}

// wcwidth uses the locale of the thread; a user's may not be UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(Known())) {}
  ~Utf8Locale() { uselocale(before_); }

 private:
  static locale_t Known() {
    static const locale_t known = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return known;  // 0 when the system has no such locale: the thread keeps its own
  }
  const locale_t before_;
};

int ColumnsOf(char32_t code) {
  if (code < 0x80) return 1;
  // This variation selector turns a character into an emoji, which is wide on most terminals.
  if (code == 0xfe0f) return 1;
  const int columns = wcwidth(static_cast<wchar_t>(code));
  // Unknown to this libc: counted as wide, so that a line is too short rather than too long.
  return columns < 0 ? 2 : columns;
}

}  // namespace

std::string Printable(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Character character = DecodeUtf8(text);
    const size_t bytes = std::max<size_t>(character.bytes, 1);
    if (character.bytes == 0) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(text[0]));
    } else if (character.code == '\t') {
      absl::StrAppend(&out, kTab);
    } else if (character.code == '\n') {
      absl::StrAppend(&out, "\\n");
    } else if (Obeyed(character.code) || Invisible(character.code)) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<uint32_t>(character.code));
    } else {
      absl::StrAppend(&out, text.substr(0, bytes));
    }
    text.remove_prefix(bytes);
  }
  return out;
}

int Columns(absl::string_view text) {
  const Utf8Locale locale;
  int columns = 0;
  while (!text.empty()) {
    const Utf8Character character = DecodeUtf8(text);
    columns += character.bytes == 0 ? 1 : ColumnsOf(character.code);
    text.remove_prefix(std::max<size_t>(character.bytes, 1));
  }
  return columns;
}

std::string Cut(absl::string_view text, int columns) {
  if (Columns(text) <= columns) return std::string(text);
  const int room = columns - static_cast<int>(kMore.size());
  const Utf8Locale locale;
  size_t end = 0;
  int used = 0;
  while (end < text.size()) {
    const Utf8Character character = DecodeUtf8(text.substr(end));
    used += character.bytes == 0 ? 1 : ColumnsOf(character.code);
    if (used > room) break;
    end += std::max<size_t>(character.bytes, 1);
  }
  return absl::StrCat(text.substr(0, end),
                      kMore.substr(0, static_cast<size_t>(std::max(0, columns))));
}

std::string Padded(absl::string_view text, int columns) {
  const int missing = columns - Columns(text);
  return absl::StrCat(text, std::string(static_cast<size_t>(std::max(0, missing)), ' '));
}

}  // namespace wheelhouse::cli

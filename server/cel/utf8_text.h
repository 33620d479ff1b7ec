// Texts as the characters that they consist of. Pure functions over valid UTF-8.
#pragma once

#include <absl/strings/string_view.h>

#include <cstdint>
#include <string>

namespace wheelhouse::cel {

inline bool BeginsCharacter(char byte) { return (byte & 0xC0) != 0x80; }

inline size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (const char byte : text) count += BeginsCharacter(byte) ? 1 : 0;
  return count;
}

// Where the character with that index begins, in bytes; the text's size for the index after the
// last, npos beyond.
inline size_t ByteOfCharacter(absl::string_view text, size_t index) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (BeginsCharacter(text[at]) && index-- == 0) return at;
  }
  return index == 0 ? text.size() : absl::string_view::npos;
}

inline void AppendUtf8(uint32_t code, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F)));
  };
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (code >> 6)));
    tail(0);
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (code >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xF0 | (code >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace wheelhouse::cel

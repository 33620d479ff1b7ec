// Tar archives byte by byte, as no library writes them.
#pragma once

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <string>

namespace wheelhouse::helm {

struct RawEntry {
  std::string name;
  std::string content;
  char type = '0';
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
  std::string size = "";    // of the header, when it is not that of the content
  std::string prefix = "";  // the bytes from 345 on
};

inline std::string Raw(const RawEntry& entry) {
  std::string block(512, '\0');
  const auto put = [&block](size_t at, const std::string& text) {
    block.replace(at, text.size(), text);
  };
  put(0, entry.name);
  put(100, "0000644");
  put(124, entry.size.empty() ? absl::StrFormat("%011o", entry.content.size()) : entry.size);
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string(1, entry.type));
  put(257, entry.magic);
  put(345, entry.prefix);
  int sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  put(148, absl::StrFormat("%06o", sum) + std::string("\0 ", 2));
  const std::string padding((512 - entry.content.size() % 512) % 512, '\0');
  return block + entry.content + padding;
}

// A record of an extended header; `LENGTH key=value`, the length's own digits counted.
inline std::string Record(const std::string& key, const std::string& value) {
  const std::string rest = absl::StrCat(" ", key, "=", value, "\n");
  size_t size = rest.size() + 1;
  while (absl::StrCat(size).size() + rest.size() != size) ++size;
  return absl::StrCat(size, rest);
}

inline std::string EndOfTar() { return std::string(1024, '\0'); }

}  // namespace wheelhouse::helm

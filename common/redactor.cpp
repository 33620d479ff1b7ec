#include "common/redactor.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <regex>

namespace wheelhouse {
namespace {

constexpr size_t kShortest = 4;
constexpr size_t kLongestLine = 16 << 10;

// What looks like a secret wherever it came from. Applied line by line, up to a length, because
// std::regex recurses once for each character.
const std::regex& Patterns() {
  static const auto* const pattern = new std::regex(
      R"((bearer +|(?:password|passwd|token|secret|api[-_]?key)["']?\s*[:=]\s*["']?)[^\s"',;]{4,})",
      std::regex::icase | std::regex::optimize);
  return *pattern;
}

std::string MaskLine(const std::string& line) {
  if (line.size() > 2048) return line;
  return std::regex_replace(line, Patterns(), "$1***");
}

std::string EscapeControls(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
      absl::StrAppend(&escaped, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

void Redactor::Add(std::vector<std::string> secrets) {
  for (std::string& secret : secrets) {
    if (secret.size() < kShortest) continue;
    secrets_.push_back(absl::Base64Escape(secret));
    secrets_.push_back(std::move(secret));
  }
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

std::string Redactor::Mask(absl::string_view text) const {
  std::string masked(text);
  for (const std::string& secret : secrets_)
    masked = absl::StrReplaceAll(masked, {{secret, "***"}});
  std::string result;
  size_t begin = 0;
  bool private_key = false;
  while (begin <= masked.size()) {
    const size_t end = std::min(masked.find('\n', begin), masked.size());
    const std::string line = masked.substr(begin, std::min(end - begin, kLongestLine));
    if (line.find("-----BEGIN") != std::string::npos &&
        line.find("PRIVATE KEY") != std::string::npos)
      private_key = true;
    result += private_key ? "***" : MaskLine(line);
    if (line.find("-----END") != std::string::npos) private_key = false;
    if (end < masked.size()) result += '\n';
    begin = end + 1;
  }
  return EscapeControls(result);
}

}  // namespace wheelhouse

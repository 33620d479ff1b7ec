#include "common/formats/service_path.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

namespace wheelhouse {

std::string CheckServicePath(const std::string& path) {
  if (path.empty() || path[0] != '/') return "must begin with `/`.";
  for (const char c : path) {
    if (c <= ' ' || c > '~' || c == '#' || c == '\\')
      return "must be printable ASCII without spaces, `#` and `\\`.";
  }
  // Escaped ones too: the API server, or a proxy in front of it, may unescape them.
  std::string plain = absl::AsciiStrToLower(path.substr(0, path.find('?')));
  for (const char* escaped : {"%2e", "%2f", "%5c", "%25"}) {
    if (absl::StrContains(plain, escaped))
      return "must not contain an escaped `.`, `/`, `\\` or `%`.";
  }
  for (const absl::string_view segment : absl::StrSplit(plain, '/')) {
    if (segment == "." || segment == "..") return "must not contain `.` or `..`.";
  }
  return "";
}

}  // namespace wheelhouse

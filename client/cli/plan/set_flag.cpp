#include "client/cli/plan/set_flag.h"

#include <absl/strings/str_cat.h>

#include <cstring>

namespace wheelhouse::cli {
namespace {

// From `at` to the first of `ends` that no backslash escapes; the text's size when there is none.
size_t Until(const std::string& text, size_t at, const char* ends) {
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (std::strchr(ends, text[at]) != nullptr) {
      return at;
    }
  }
  return text.size();
}

// The end of a key's path; a comma inside an index's brackets is no end.
size_t KeyEnd(const std::string& text, size_t at) {
  while (true) {
    at = Until(text, at, "=[,");
    if (at == text.size() || text[at] != '[') return at;
    at = Until(text, at, "]");
  }
}

}  // namespace

absl::StatusOr<std::vector<v1::SetValue>> SplitSet(const std::string& text) {
  std::vector<v1::SetValue> pairs;
  size_t at = 0;
  do {
    const size_t equals = KeyEnd(text, at);
    const std::string key = text.substr(at, equals - at);
    if (equals == text.size() || text[equals] == ',' || key.empty())
      return absl::InvalidArgumentError(
          absl::StrCat("pair ", pairs.size() + 1,
                       " is not KEY=VALUE (a comma starts the next pair; \\, is a literal comma)"));
    const size_t begin = equals + 1;
    const bool list = begin < text.size() && text[begin] == '{';
    size_t end = Until(text, begin, list ? "}" : ",");
    if (list && end == text.size())
      return absl::InvalidArgumentError(absl::StrCat("the list of ", key, " has no closing }"));
    if (list) ++end;
    v1::SetValue& pair = pairs.emplace_back();
    pair.set_key(key);
    pair.set_value(text.substr(begin, end - begin));
    at = end < text.size() && text[end] == ',' ? end + 1 : end;
  } while (at < text.size());
  return pairs;
}

}  // namespace wheelhouse::cli

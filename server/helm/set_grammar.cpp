#include "server/helm/set_grammar.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::helm {
namespace {

using Json = nlohmann::json;

constexpr int kMaxIndex = 65536;        // strvals.MaxIndex
constexpr size_t kMaxNestedNames = 30;  // strvals.MaxNestedNameLevel

struct PathPart {
  std::string name;
  int index = -1;  // set for [n]
};

absl::Status Invalid(const std::string& key, const std::string& what) {
  return MakeFailure(Reason::kValuesInvalid, absl::StrCat("values key \"", key, "\": ", what));
}

absl::StatusOr<std::vector<PathPart>> ParseKey(const std::string& key) {
  std::vector<PathPart> parts;
  std::string name;
  bool pending = true;  // a name is expected
  for (size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    if (c == '\\' && i + 1 < key.size()) {
      name += key[++i];
    } else if (c == '.') {
      if (pending && name.empty()) return Invalid(key, "an empty name before a dot");
      if (pending) parts.push_back({name});
      name.clear();
      pending = true;
    } else if (c == '[') {
      if (pending && !name.empty()) parts.push_back({name});
      name.clear();
      const size_t end = key.find(']', i);
      int index = -1;
      if (end == std::string::npos || !absl::SimpleAtoi(key.substr(i + 1, end - i - 1), &index)) {
        return Invalid(key, "expected a number in [ ]");
      }
      if (index < 0 || index > kMaxIndex)
        return Invalid(key, absl::StrCat("the index must be 0 to ", kMaxIndex));
      if (parts.empty()) return Invalid(key, "a list index needs a name before it");
      parts.push_back({"", index});
      pending = false;
      i = end;
    } else if (!pending) {
      return Invalid(key, "expected a dot or [ after ]");
    } else {
      name += c;
    }
  }
  if (pending && name.empty()) return Invalid(key, "it ends where a name is expected");
  if (pending) parts.push_back({name});
  if (parts.size() > kMaxNestedNames)
    return Invalid(key, absl::StrCat("it nests deeper than ", kMaxNestedNames));
  return parts;
}

std::string Unescape(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i)
    plain += text[i] == '\\' && i + 1 < text.size() ? text[++i] : text[i];
  return plain;
}

// strvals.typedVal: true, false, null, 0, and whole numbers without a leading zero; all else is
// text.
Json Typed(const std::string& text, bool as_string) {
  if (as_string) return Unescape(text);
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null") return nullptr;
  int64_t number = 0;
  const bool plain = !text.empty() && (text == "0" || (text[0] != '0' && text[0] != '+'));
  if (plain && text.find_first_not_of("0123456789-") == std::string::npos &&
      absl::SimpleAtoi(text, &number))
    return number;
  return Unescape(text);
}

absl::StatusOr<Json> ParseValue(const std::string& key, const std::string& value, bool as_string) {
  if (value.empty() || value[0] != '{') return Typed(value, as_string);
  Json list = Json::array();
  std::string item;
  for (size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      item += value[i];
      item += value[++i];
    } else if (value[i] == ',' || value[i] == '}') {
      if (!item.empty() || value[i] == ',' || !list.empty()) list.push_back(Typed(item, as_string));
      item.clear();
      if (value[i] == '}')
        return i + 1 == value.size() ? absl::StatusOr<Json>(list)
                                     : Invalid(key, "text after the list's }");
    } else {
      item += value[i];
    }
  }
  return Invalid(key, "the list has no closing }");
}

}  // namespace

absl::Status MergeSetPair(const std::string& key, const std::string& value, bool as_string,
                          Json* into) {
  ASSIGN_OR_RETURN(const std::vector<PathPart> parts, ParseKey(key));
  ASSIGN_OR_RETURN(Json parsed, ParseValue(key, value, as_string));
  Json* at = into;
  for (const PathPart& part : parts) {
    if (part.index < 0) {
      if (!at->is_object()) *at = Json::object();
      at = &(*at)[part.name];
    } else {
      if (!at->is_array()) *at = Json::array();
      while (at->size() <= static_cast<size_t>(part.index)) at->push_back(nullptr);
      at = &(*at)[static_cast<size_t>(part.index)];
    }
  }
  *at = std::move(parsed);
  return absl::OkStatus();
}

}  // namespace wheelhouse::helm

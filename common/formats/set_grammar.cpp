#include "common/formats/set_grammar.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <charconv>
#include <optional>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxIndex = 65536;  // strvals.MaxIndex
constexpr int kMaxNestedNames = 30;   // strvals.MaxNestedNameLevel
// Our own: helm does not bound indices, and its YAML reader accepts quoted keys of at most 1024
// characters.
constexpr int kMaxIndices = 100;
constexpr size_t kMaxQuotedName = 1024;
constexpr size_t kMaxAddedEntries = size_t{8} * 65536;

absl::Status Invalid(absl::string_view key, const std::string& what) {
  return MakeFailure(Reason::kValuesInvalid, absl::StrCat("the key \"", key, "\": ", what));
}

// The text before one of `stops`, with escapes resolved; `stop` is 0 at the end of the text.
struct Piece {
  std::string text;
  char stop = 0;
  bool escape_at_end = false;  // strvals drops the last backslash
};

Piece TakeUntil(absl::string_view stops, absl::string_view* text) {
  Piece piece;
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    if (absl::StrContains(stops, c)) {
      piece.stop = c;
      return piece;
    }
    if (c != '\\') {
      piece.text += c;
    } else if (text->empty()) {
      piece.escape_at_end = true;
    } else {
      piece.text += text->front();
      text->remove_prefix(1);
    }
  }
  return piece;
}

// As Go's strconv.ParseInt in base 10: a sign and digits, nothing else.
std::optional<int64_t> WholeNumber(absl::string_view text) {
  if (absl::StartsWith(text, "+") && !absl::StartsWith(text, "+-")) text.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// strvals.typedVal; `text` has its escapes resolved, so that `\true` is a bool, as it is in helm.
Json Typed(const std::string& text, bool as_string) {
  if (as_string) return text;
  if (absl::EqualsIgnoreCase(text, "true")) return true;
  if (absl::EqualsIgnoreCase(text, "false")) return false;
  if (absl::EqualsIgnoreCase(text, "null")) return nullptr;
  if (text == "0" || !absl::StartsWith(text, "0")) {
    if (const std::optional<int64_t> number = WholeNumber(text)) return *number;
  }
  return text;
}

absl::StatusOr<Json> ParseValue(absl::string_view key, absl::string_view value, bool as_string) {
  if (!absl::StartsWith(value, "{")) return Typed(TakeUntil("", &value).text, as_string);
  value.remove_prefix(1);
  Json list = Json::array();
  for (;;) {
    const Piece item = TakeUntil(",}", &value);
    if (item.stop == 0) return Invalid(key, "the list in its value has no closing }");
    list.push_back(Typed(item.text, as_string));
    if (item.stop == ',') continue;
    if (!value.empty()) return Invalid(key, "there is text after the } of its value");
    return list;
  }
}

absl::StatusOr<KeyPart> ParseIndex(absl::string_view key, absl::string_view* rest) {
  const Piece piece = TakeUntil("]", rest);
  if (piece.stop == 0) return Invalid(key, "a [ is not closed");
  const std::optional<int64_t> index = WholeNumber(piece.text);
  if (!index.has_value()) return Invalid(key, "expected a number in [ ]");
  if (*index < 0) return Invalid(key, "an index is negative");
  return KeyPart{"", *index};
}

}  // namespace

absl::StatusOr<KeyPath> ParseSetKey(absl::string_view key) {
  if (absl::StrContains(key, '\0')) return Invalid(key, "it contains a zero byte");
  KeyPath path;
  int nested = 0, indices = 0;
  absl::string_view rest = key;
  for (char stop = '.'; stop != 0;) {
    const bool after_index = !path.empty() && path.back().is_index() && stop != '.';
    const Piece piece = TakeUntil(after_index ? "[." : "=[,.", &rest);
    if (piece.escape_at_end) return Invalid(key, "it ends with a backslash");
    if (piece.stop == '=' || piece.stop == ',')
      return Invalid(key,
                     absl::StrCat(std::string(1, piece.stop), " must have a backslash before it"));
    if (after_index) {
      if (!piece.text.empty()) return Invalid(key, "expected a dot or [ after ]");
    } else {
      if (piece.text.empty()) return Invalid(key, "a name is missing");
      if (Json(piece.text).dump(-1, ' ', false, Json::error_handler_t::replace).size() >
          kMaxQuotedName)
        return Invalid(key, "a name is too long");
      path.push_back({piece.text});
      if (piece.stop == '.' && ++nested > kMaxNestedNames)
        return Invalid(key, absl::StrCat("it nests names deeper than ", kMaxNestedNames));
    }
    stop = piece.stop;
    if (stop != '[') continue;
    if (++indices > kMaxIndices)
      return Invalid(key, absl::StrCat("it has more than ", kMaxIndices, " indices"));
    ASSIGN_OR_RETURN(const KeyPart index, ParseIndex(key, &rest));
    path.push_back(index);
  }
  return path;
}

std::string SetKey(const KeyPath& path) {
  std::string key;
  for (const KeyPart& part : path) {
    if (part.is_index()) {
      absl::StrAppend(&key, "[", part.index, "]");
      continue;
    }
    if (!key.empty()) key += '.';
    for (const char c : part.name) {
      if (absl::StrContains("=[,.\\", c)) key += '\\';
      key += c;
    }
  }
  return key;
}

absl::Status SetDocument::Merge(absl::string_view key, absl::string_view value) {
  ASSIGN_OR_RETURN(const KeyPath path, ParseSetKey(key));
  if (absl::StrContains(value, '\0')) return Invalid(key, "its value contains a zero byte");
  ASSIGN_OR_RETURN(Json parsed, ParseValue(key, value, as_strings_));
  // At an empty value strvals meets the end of the text inside a new list entry and drops that
  // entry: a[0].b= is [].
  const bool keeps_new_entries = !value.empty() || path.back().is_index();
  Json* at = &json_;
  for (size_t i = 0; i < path.size(); ++i) {
    const KeyPart& part = path[i];
    const bool in_list = part.is_index();
    bool existed = true;
    if (!in_list) {
      existed = at->contains(part.name);
      at = &(*at)[part.name];
    } else {
      const auto index = static_cast<size_t>(part.index);
      if (index >= at->size()) {
        if (!keeps_new_entries) return absl::OkStatus();
        if (part.index > kMaxIndex)
          return Invalid(key, absl::StrCat("an index is above ", kMaxIndex));
        added_entries_ += index + 1 - at->size();
        if (added_entries_ > kMaxAddedEntries)
          return Invalid(key, "the indices of all pairs together make lists that are too long");
        while (at->size() <= index) at->push_back(nullptr);
      }
      at = &(*at)[index];
    }
    if (i + 1 == path.size()) break;
    // The existing value must be of the right kind; strvals replaces it only inside lists.
    if (path[i + 1].is_index()) {
      if (!existed || (in_list && at->is_null())) *at = Json::array();
      if (!at->is_array()) return Invalid(key, "an earlier pair sets something other than a list");
    } else {
      if (!existed || (in_list && !at->is_object())) *at = Json::object();
      if (!at->is_object())
        return Invalid(key, "an earlier pair sets something other than a mapping");
    }
  }
  *at = std::move(parsed);
  return absl::OkStatus();
}

}  // namespace wheelhouse

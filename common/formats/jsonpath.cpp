#include "common/formats/jsonpath.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <vector>

namespace wheelhouse {
namespace {

using Json = nlohmann::json;
using Found = std::vector<const Json*>;

void Child(const Found& from, const std::string& name, Found* to) {
  for (const Json* json : from) {
    if (json->is_object() && json->contains(name)) to->push_back(&(*json)[name]);
  }
}

void Index(const Found& from, int index, Found* to) {
  for (const Json* json : from) {
    if (!json->is_array()) continue;
    const int at = index < 0 ? index + static_cast<int>(json->size()) : index;
    if (at >= 0 && at < static_cast<int>(json->size()))
      to->push_back(&(*json)[static_cast<size_t>(at)]);
  }
}

void All(const Found& from, Found* to) {
  for (const Json* json : from) {
    if (!json->is_array() && !json->is_object()) continue;
    for (const Json& item : *json) to->push_back(&item);
  }
}

std::string AsText(const Json& json) {
  return json.is_string() ? json.get<std::string>() : json.dump();
}

// `?(@.type=="Ready")` or `!=`: keeps the items for which it is true.
bool Filter(const Found& from, const std::string& expression, Found* to) {
  const size_t op = expression.find_first_of("=!");
  if (expression.rfind("?(@.", 0) != 0 || op == std::string::npos || op + 3 > expression.size() ||
      expression[op + 1] != '=')
    return false;
  const auto trimmed = [&](size_t at, size_t size) {
    return std::string(absl::StripAsciiWhitespace(absl::string_view(expression).substr(at, size)));
  };
  const std::string field = trimmed(3, op - 3);
  std::string value = trimmed(op + 2, expression.size() - op - 3);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\''))
    value = value.substr(1, value.size() - 2);
  if (!ReadJsonPath(Json::object(), field).ok()) return false;
  Found items;
  All(from, &items);
  for (const Json* item : items) {
    const bool equal = *ReadJsonPath(*item, field) == value;
    if (equal == (expression[op] == '=')) to->push_back(item);
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ReadJsonPath(const Json& object, const std::string& path) {
  std::string text = path;
  if (text.size() >= 2 && text.front() == '{' && text.back() == '}')
    text = text.substr(1, text.size() - 2);
  const auto bad = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("JSONPath ", path, ": ", what));
  };
  if (text.empty() || (text[0] != '.' && text[0] != '[' && text[0] != '$'))
    return bad("it must begin with a dot");
  Found found = {&object};
  for (size_t at = text[0] == '$' ? 1 : 0; at < text.size();) {
    Found next;
    if (text[at] == '.') {
      const size_t end = std::min(text.find_first_of(".[", at + 1), text.size());
      const std::string name = text.substr(at + 1, end - at - 1);
      if (name.empty() && end < text.size() && text[end] == '[') {
        at = end;
        continue;
      }
      if (name.empty()) return bad("a name is empty");
      name == "*" ? All(found, &next) : Child(found, name, &next);
      at = end;
    } else if (text[at] != '[') {
      return bad("expected a dot or [ after ]");
    } else {
      const size_t end = text[at + 1] == '?' ? text.find(")]", at) + 1 : text.find(']', at);
      if (end == std::string::npos || end == 0) return bad("a [ is not closed");
      const std::string inner = text.substr(at + 1, end - at - 1);
      int index = 0;
      if (inner == "*") {
        All(found, &next);
      } else if (inner.size() >= 2 && (inner[0] == '\'' || inner[0] == '"')) {
        Child(found, inner.substr(1, inner.size() - 2), &next);
      } else if (absl::SimpleAtoi(inner, &index)) {
        Index(found, index, &next);
      } else if (!Filter(found, inner, &next)) {
        return bad(absl::StrCat("cannot read [", inner, "]"));
      }
      at = end + 1;
    }
    found = std::move(next);
  }
  return absl::StrJoin(
      found, " ", [](std::string* out, const Json* json) { absl::StrAppend(out, AsText(*json)); });
}

}  // namespace wheelhouse

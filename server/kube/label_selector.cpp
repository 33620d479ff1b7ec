#include "server/kube/label_selector.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <absl/strings/string_view.h>
#include <absl/strings/strip.h>

#include <algorithm>

namespace wheelhouse::kube {
namespace {

// A comma inside of parentheses does not end a requirement.
std::vector<absl::string_view> Requirements(absl::string_view text) {
  std::vector<absl::string_view> found;
  int depth = 0;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size(); ++at) {
    if (at < text.size() && text[at] == '(') ++depth;
    if (at < text.size() && text[at] == ')') --depth;
    if (at < text.size() && (text[at] != ',' || depth > 0)) continue;
    found.push_back(absl::StripAsciiWhitespace(text.substr(begin, at - begin)));
    begin = at + 1;
  }
  return found;
}

}  // namespace

std::optional<LabelSelector> LabelSelector::Parse(const std::string& text) {
  LabelSelector selector;
  if (absl::StripAsciiWhitespace(text).empty()) return selector;
  for (const absl::string_view one : Requirements(text)) {
    Requirement& made = selector.requirements_.emplace_back();
    if (absl::StrContains(one, '!') || absl::StrContains(one, " notin ")) return std::nullopt;
    if (const size_t in = one.find(" in "); in != absl::string_view::npos) {
      made.key = std::string(absl::StripAsciiWhitespace(one.substr(0, in)));
      absl::string_view list = absl::StripAsciiWhitespace(one.substr(in + 4));
      if (!absl::ConsumePrefix(&list, "(") || !absl::ConsumeSuffix(&list, ")")) return std::nullopt;
      for (const absl::string_view value : absl::StrSplit(list, ','))
        made.values.insert(std::string(absl::StripAsciiWhitespace(value)));
    } else if (const size_t equal = one.find('='); equal != absl::string_view::npos) {
      made.key = std::string(absl::StripAsciiWhitespace(one.substr(0, equal)));
      absl::string_view value = one.substr(equal + 1);
      absl::ConsumePrefix(&value, "=");
      made.values.insert(std::string(absl::StripAsciiWhitespace(value)));
    } else {
      made.key = std::string(one);
    }
    if (made.key.empty()) return std::nullopt;
  }
  return selector;
}

bool LabelSelector::Matches(const Json& object) const {
  const Json::json_pointer at("/metadata/labels");
  const Json labels = object.contains(at) && object[at].is_object() ? object[at] : Json::object();
  return std::ranges::all_of(requirements_, [&labels](const Requirement& one) {
    const auto found = labels.find(one.key);
    return found != labels.end() && found->is_string() &&
           (one.values.empty() || one.values.contains(found->get<std::string>()));
  });
}

}  // namespace wheelhouse::kube

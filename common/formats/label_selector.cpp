#include "common/formats/label_selector.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>
#include <absl/strings/string_view.h>
#include <absl/strings/strip.h>

#include <algorithm>

namespace wheelhouse {
namespace {

// A key (with a prefix) or a value, as far as it matters here.
bool IsWord(absl::string_view text, absl::string_view further) {
  return std::ranges::all_of(text, [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(further, c);
  });
}

bool IsKey(absl::string_view text) { return !text.empty() && IsWord(text, "-_./"); }

// Splits at commas outside parentheses.
std::vector<std::string> Parts(const std::string& text) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (const char c : text) {
    if (c == '(' || c == ')') inside = c == '(';
    if (c == ',' && !inside) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string Trimmed(absl::string_view text) {
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace

std::optional<LabelSelector::Requirement> LabelSelector::ParseOne(const std::string& text) {
  Requirement one;
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  const auto word = [&] {
    const size_t end = std::min(rest.find_first_of(" \t=!("), rest.size());
    const std::string taken(rest.substr(0, end));
    rest = absl::StripLeadingAsciiWhitespace(rest.substr(end));
    return taken;
  };
  if (absl::ConsumePrefix(&rest, "!")) {
    one.wanted = false;
    one.key = Trimmed(rest);
    return IsKey(one.key) ? std::optional(one) : std::nullopt;
  }
  one.key = word();
  if (!IsKey(one.key)) return std::nullopt;
  if (rest.empty()) return one;
  if (absl::StartsWith(rest, "=") || absl::StartsWith(rest, "!=")) {
    one.wanted = !absl::ConsumePrefix(&rest, "!");
    absl::ConsumePrefix(&rest, "=");
    if (one.wanted) absl::ConsumePrefix(&rest, "=");
    const std::string value = Trimmed(rest);
    if (!IsWord(value, "-_.")) return std::nullopt;
    one.values.insert(value);
    return one;
  }
  const std::string op = word();
  one.wanted = op == "in";
  if ((op != "in" && op != "notin") || !absl::ConsumePrefix(&rest, "(") ||
      !absl::ConsumeSuffix(&rest, ")"))
    return std::nullopt;
  for (const absl::string_view value : absl::StrSplit(rest, ',')) {
    const std::string trimmed = Trimmed(value);
    if (!IsWord(trimmed, "-_.")) return std::nullopt;
    one.values.insert(trimmed);
  }
  return one;
}

std::optional<LabelSelector> LabelSelector::Parse(const std::string& text) {
  LabelSelector selector;
  if (absl::StripAsciiWhitespace(text).empty()) return selector;
  for (const std::string& part : Parts(text)) {
    auto one = ParseOne(part);
    if (!one) return std::nullopt;
    selector.requirements_.push_back(*std::move(one));
  }
  return selector;
}

bool LabelSelector::Matches(const nlohmann::json& object) const {
  const auto at = "/metadata/labels"_json_pointer;
  const nlohmann::json labels =
      object.contains(at) && object[at].is_object() ? object[at] : nlohmann::json::object();
  return std::ranges::all_of(requirements_, [&](const Requirement& one) {
    const auto found = labels.find(one.key);
    const bool holds = found != labels.end() && found->is_string() &&
                       (one.values.empty() || one.values.contains(found->get<std::string>()));
    return holds == one.wanted;
  });
}

}  // namespace wheelhouse

#include "client/cli/plan/helm_ignore.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::cli {
namespace {

constexpr char32_t kReplacement = 0xfffd;  // what Go reads where bytes are not UTF-8

// The rule that helm adds at the end.
constexpr char kDefaultRule[] = "templates/.?*";

std::u32string Characters(absl::string_view text) {
  std::u32string characters;
  while (!text.empty()) {
    const Utf8Character character = DecodeUtf8(text);
    characters += character.bytes > 0 ? character.code : kReplacement;
    text.remove_prefix(std::max<size_t>(character.bytes, 1));
  }
  return characters;
}

absl::Status Malformed() { return absl::InvalidArgumentError("the pattern is malformed"); }

// One end of a range, without its escape.
absl::StatusOr<char32_t> RangeEnd(const std::u32string& text, size_t* at) {
  if (*at < text.size() && text[*at] == U'\\') {
    ++*at;
  } else if (*at < text.size() && (text[*at] == U'-' || text[*at] == U']')) {
    return Malformed();
  }
  // Something must follow, since a class has to be closed.
  if (*at + 1 >= text.size()) return Malformed();
  return text[(*at)++];
}

}  // namespace

bool GlobPattern::Part::Takes(char32_t character) const {
  for (const Range& range : ranges) {
    if (range.low <= character && character <= range.high) return !negated;
  }
  return negated;
}

absl::StatusOr<GlobPattern> GlobPattern::Parse(const std::string& pattern) {
  const std::u32string text = Characters(pattern);
  GlobPattern glob;
  for (size_t at = 0; at < text.size(); ++at) {
    Part& part = glob.parts_.emplace_back();
    if (text[at] == U'*') {
      part.star = true;
    } else if (text[at] == U'?') {
      part.negated = true;
      part.ranges = {{U'/', U'/'}};
    } else if (text[at] == U'[') {
      ++at;
      part.negated = at < text.size() && text[at] == U'^';
      if (part.negated) ++at;
      while (at >= text.size() || text[at] != U']' || part.ranges.empty()) {
        Range range{};
        ASSIGN_OR_RETURN(range.low, RangeEnd(text, &at));
        range.high = range.low;
        if (text[at] == U'-') {
          ++at;
          ASSIGN_OR_RETURN(range.high, RangeEnd(text, &at));
        }
        part.ranges.push_back(range);
      }
    } else {
      if (text[at] == U'\\') ++at;
      if (at == text.size()) return Malformed();
      part.ranges = {{text[at], text[at]}};
    }
  }
  return glob;
}

bool GlobPattern::Matches(const std::string& bytes) const {
  const std::u32string name = Characters(bytes);
  constexpr size_t kNone = -1;
  size_t part = 0, at = 0, star = kNone, star_end = 0;
  while (at < name.size() || part < parts_.size()) {
    if (part < parts_.size() && parts_[part].star) {
      star = part++;
      star_end = at;
    } else if (part < parts_.size() && at < name.size() && parts_[part].Takes(name[at])) {
      ++part;
      ++at;
    } else if (star != kNone && star_end < name.size() && name[star_end] != U'/') {
      // The last star takes one more character. Where that does not help, earlier stars cannot.
      part = star + 1;
      at = ++star_end;
    } else {
      return false;
    }
  }
  return true;
}

bool HelmIgnore::Rule::Matches(const std::string& path) const {
  return pattern.Matches(whole_path ? path : path.substr(path.rfind('/') + 1));
}

absl::StatusOr<HelmIgnore::Rule> HelmIgnore::ParseRule(std::string text) {
  if (absl::StrContains(text, "**")) return absl::InvalidArgumentError("helm does not support **");
  Rule rule;
  absl::string_view rest = text;
  rule.negated = absl::ConsumePrefix(&rest, "!");
  rule.folders_only = absl::ConsumeSuffix(&rest, "/");
  rule.whole_path = absl::StrContains(rest, "/");
  absl::ConsumePrefix(&rest, "/");
  ASSIGN_OR_RETURN(rule.pattern, GlobPattern::Parse(std::string(rest)));
  return rule;
}

absl::StatusOr<HelmIgnore> HelmIgnore::Parse(const std::string& text) {
  HelmIgnore ignore;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(absl::StripPrefix(text, "\xef\xbb\xbf"), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    absl::StatusOr<Rule> rule = ParseRule(std::string(line));
    if (!rule.ok())
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", std::string(rule.status().message())));
    ignore.rules_.push_back(*std::move(rule));
  }
  ASSIGN_OR_RETURN(Rule rule, ParseRule(kDefaultRule));
  ignore.rules_.push_back(std::move(rule));
  return ignore;
}

bool HelmIgnore::Ignores(const std::string& path, bool folder) const {
  for (const Rule& rule : rules_) {
    const bool applies = folder || !rule.folders_only;
    // As helm does: a negated rule for folders ignores every file.
    if (rule.negated ? !applies || !rule.Matches(path) : applies && rule.Matches(path)) return true;
  }
  return false;
}

}  // namespace wheelhouse::cli

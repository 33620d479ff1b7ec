#include "common/formats/semver.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <utility>

#include "common/status_macros.h"

namespace wheelhouse {
namespace {

bool IsNumber(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsWord(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

absl::Status Unreadable(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a semantic version"));
}

// A version with only its first `parts` numbers given.
struct Partial {
  SemanticVersion version;
  int parts = 0;
};

absl::Status ReadPrerelease(absl::string_view text, absl::string_view whole,
                            SemanticVersion* version) {
  for (const absl::string_view word : absl::StrSplit(text, '.')) {
    if (!IsWord(word)) return Unreadable(whole);
    version->prerelease.emplace_back(word);
  }
  return absl::OkStatus();
}

absl::StatusOr<Partial> ReadPartial(absl::string_view whole, bool wildcards) {
  absl::string_view text = whole;
  if (!absl::ConsumePrefix(&text, "v")) absl::ConsumePrefix(&text, "V");
  if (const size_t plus = text.find('+'); plus != absl::string_view::npos) {
    for (const absl::string_view word : absl::StrSplit(text.substr(plus + 1), '.')) {
      if (!IsWord(word)) return Unreadable(whole);
    }
    text = text.substr(0, plus);
  }
  Partial read;
  if (const size_t dash = text.find('-'); dash != absl::string_view::npos) {
    RETURN_IF_ERROR(ReadPrerelease(text.substr(dash + 1), whole, &read.version));
    text = text.substr(0, dash);
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  if (parts.size() > 3) return Unreadable(whole);
  int64_t* const numbers[] = {&read.version.major, &read.version.minor, &read.version.patch};
  bool open = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (wildcards && (parts[i] == "x" || parts[i] == "X" || parts[i] == "*")) {
      open = true;
    } else if (open || !IsNumber(parts[i]) || !absl::SimpleAtoi(parts[i], numbers[i])) {
      return Unreadable(whole);
    } else {
      ++read.parts;
    }
  }
  if (read.parts < 3 && wildcards && !read.version.prerelease.empty()) return Unreadable(whole);
  return read;
}

int CompareNumbers(int64_t a, int64_t b) { return a < b ? -1 : (a > b ? 1 : 0); }

int CompareWords(const std::string& a, const std::string& b) {
  const bool a_number = IsNumber(a), b_number = IsNumber(b);
  if (a_number != b_number) return a_number ? -1 : 1;
  // Numbers of any length: the longer one (without leading zeros) is the greater.
  if (a_number && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

// The first version after all those that share the first `parts` numbers of `version`, its own
// pre-releases included.
SemanticVersion After(SemanticVersion version, int parts) {
  SemanticVersion next;
  next.prerelease = {"0"};
  next.major = version.major + (parts == 1 ? 1 : 0);
  if (parts >= 2) next.minor = version.minor + (parts == 2 ? 1 : 0);
  if (parts >= 3) next.patch = version.patch + 1;
  return next;
}

}  // namespace

absl::StatusOr<SemanticVersion> ParseVersion(absl::string_view text) {
  ASSIGN_OR_RETURN(Partial read, ReadPartial(text, false));
  return std::move(read.version);
}

int CompareVersions(const SemanticVersion& a, const SemanticVersion& b) {
  if (const int order = CompareNumbers(a.major, b.major); order != 0) return order;
  if (const int order = CompareNumbers(a.minor, b.minor); order != 0) return order;
  if (const int order = CompareNumbers(a.patch, b.patch); order != 0) return order;
  if (a.prerelease.empty() != b.prerelease.empty()) return a.prerelease.empty() ? 1 : -1;
  for (size_t i = 0; i < std::min(a.prerelease.size(), b.prerelease.size()); ++i) {
    if (const int order = CompareWords(a.prerelease[i], b.prerelease[i]); order != 0) return order;
  }
  return CompareNumbers(static_cast<int64_t>(a.prerelease.size()),
                        static_cast<int64_t>(b.prerelease.size()));
}

// Reads one "and" group.
class RangeParser {
 public:
  RangeParser(absl::string_view text, VersionRange::Group* group) : rest_(text), group_(group) {}

  absl::Status Read() {
    while (true) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t,"), rest_.size()));
      if (rest_.empty()) break;
      const std::string op(Take("=!<>~^", true));
      Take(" \t", true);
      ASSIGN_OR_RETURN(const Partial first, TakeVersion());
      absl::string_view ahead = absl::StripLeadingAsciiWhitespace(rest_);
      if (op.empty() && absl::StartsWith(ahead, "- ")) {
        rest_ = absl::StripLeadingAsciiWhitespace(ahead.substr(2));
        ASSIGN_OR_RETURN(const Partial last, TakeVersion());
        Add(Between(AtLeast(first), AtMost(last)));
      } else {
        RETURN_IF_ERROR(Compare(op, first));
      }
    }
    if (group_->all.empty()) return absl::InvalidArgumentError("the range has an empty part");
    return absl::OkStatus();
  }

 private:
  using Interval = VersionRange::Interval;
  using Bound = std::optional<VersionRange::Bound>;

  absl::string_view Take(absl::string_view set, bool while_in) {
    const size_t end = while_in ? rest_.find_first_not_of(set) : rest_.find_first_of(set);
    const absl::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  absl::StatusOr<Partial> TakeVersion() {
    ASSIGN_OR_RETURN(Partial read, ReadPartial(Take(" \t,=!<>~^", false), true));
    if (!read.version.prerelease.empty()) group_->names_prerelease = true;
    return read;
  }

  static Bound AtLeast(const Partial& from) { return VersionRange::Bound{from.version, true}; }
  static Bound AtMost(const Partial& to) {
    if (to.parts == 0) return std::nullopt;
    if (to.parts == 3) return VersionRange::Bound{to.version, true};
    return VersionRange::Bound{After(to.version, to.parts), false};
  }
  // Below the next version that differs in the number at `parts`.
  static Interval Within(const Partial& from, int parts) {
    if (from.parts == 0) return {};
    return Between(AtLeast(from), VersionRange::Bound{After(from.version, parts), false});
  }
  static Interval Between(Bound low, Bound high) {
    return {std::move(low), std::move(high), false};
  }
  void Add(Interval interval) { group_->all.push_back(std::move(interval)); }

  static Interval Exactly(const Partial& at) {
    return at.parts == 3 ? Between(AtLeast(at), AtMost(at)) : Within(at, at.parts);
  }

  // The leftmost number that is not zero stays the same.
  static int CaretParts(const Partial& from) {
    if (from.version.major > 0 || from.parts == 1) return 1;
    return from.version.minor > 0 || from.parts == 2 ? 2 : 3;
  }

  absl::Status Compare(const std::string& op, const Partial& at) {
    if (op.empty() || op == "=" || op == "==") {
      Add(Exactly(at));
    } else if (op == "!=") {
      Interval interval = Exactly(at);
      interval.negated = true;
      Add(std::move(interval));
    } else if (op == ">=" || op == "=>") {
      Add(Between(AtLeast(at), std::nullopt));
    } else if (op == "<=" || op == "=<") {
      Add(Between(std::nullopt, AtMost(at)));
    } else if (op == "<") {
      Add(Between(std::nullopt, VersionRange::Bound{at.version, false}));
    } else if (op == ">") {
      // Above every version that `at` covers.
      const VersionRange::Bound low = at.parts == 3 || at.parts == 0
                                          ? VersionRange::Bound{at.version, false}
                                          : VersionRange::Bound{After(at.version, at.parts), true};
      Add(Between(low, std::nullopt));
    } else if (op == "~" || op == "~>") {
      Add(Within(at, std::min(at.parts, 2)));
    } else if (op == "^") {
      Add(Within(at, CaretParts(at)));
    } else {
      return absl::InvalidArgumentError(absl::StrCat("\"", op, "\" is not a range operator"));
    }
    return absl::OkStatus();
  }

  absl::string_view rest_;
  VersionRange::Group* const group_;
};

absl::StatusOr<VersionRange> VersionRange::Parse(absl::string_view text) {
  VersionRange range;
  for (const absl::string_view part : absl::StrSplit(text, "||")) {
    Group group;
    RETURN_IF_ERROR(RangeParser(part, &group).Read());
    range.any_.push_back(std::move(group));
  }
  return range;
}

bool VersionRange::Interval::Contains(const SemanticVersion& version) const {
  bool inside = true;
  if (low.has_value()) {
    const int order = CompareVersions(version, low->version);
    inside = order > 0 || (order == 0 && low->inclusive);
  }
  if (inside && high.has_value()) {
    const int order = CompareVersions(version, high->version);
    inside = order < 0 || (order == 0 && high->inclusive);
  }
  return inside != negated;
}

bool VersionRange::Contains(const SemanticVersion& version) const {
  return std::any_of(any_.begin(), any_.end(), [&](const Group& group) {
    if (!version.prerelease.empty() && !group.names_prerelease) return false;
    return std::all_of(group.all.begin(), group.all.end(),
                       [&](const Interval& interval) { return interval.Contains(version); });
  });
}

}  // namespace wheelhouse

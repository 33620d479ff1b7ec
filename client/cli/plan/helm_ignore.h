// .helmignore, as helm 4.3 reads it (its package pkg/ignore). Unlike in .gitignore, the first rule
// that matches decides, `**` is refused, and `!RULE` ignores everything that RULE does not match.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace wheelhouse::cli {

// A shell pattern by the rules of Go's filepath.Match: `*` and `?` never match a slash, `[^a-c]`
// negates, a backslash escapes.
class GlobPattern {
 public:
  // INVALID_ARGUMENT when the pattern is malformed.
  static absl::StatusOr<GlobPattern> Parse(const std::string& text);
  // Whether all of `name` matches.
  bool Matches(const std::string& name) const;

 private:
  struct Range {
    char32_t low, high;
  };
  struct Part {
    bool star = false, negated = false;
    std::vector<Range> ranges;  // one character out of these
    bool Takes(char32_t character) const;
  };
  std::vector<Part> parts_;
};

class HelmIgnore {
 public:
  // INVALID_ARGUMENT with the line's number.
  static absl::StatusOr<HelmIgnore> Parse(const std::string& text);
  // `path` is relative to the chart's folder. Nothing in an ignored folder is asked about.
  bool Ignores(const std::string& path, bool folder) const;

 private:
  struct Rule {
    GlobPattern pattern;
    bool negated = false, folders_only = false;
    bool whole_path = false;  // else only the last name of the path is matched
    bool Matches(const std::string& path) const;
  };
  static absl::StatusOr<Rule> ParseRule(std::string rule);
  std::vector<Rule> rules_;
};

}  // namespace wheelhouse::cli

// Semantic versions and ranges of them, as helm reads both (Masterminds/semver): a leading v and
// missing parts are fine in a version, and a pre-release is in a range only where the range itself
// names one. Pure functions; errors are plain INVALID_ARGUMENT statuses that quote the text.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wheelhouse {

struct SemanticVersion {
  int64_t major = 0;
  int64_t minor = 0;
  int64_t patch = 0;
  std::vector<std::string> prerelease;  // `rc.1` is {rc, 1}; build metadata is dropped
};

absl::StatusOr<SemanticVersion> ParseVersion(absl::string_view text);

// Negative, zero or positive, by semver's precedence.
int CompareVersions(const SemanticVersion& a, const SemanticVersion& b);

// `>=1.2.0 <2.0.0`: space or comma is "and", `||` is "or". Operators = != > >= < <= ~ ^, parts
// left out or written x, X or *, and `1.2 - 2.0`.
class VersionRange {
 public:
  static absl::StatusOr<VersionRange> Parse(absl::string_view text);
  bool Contains(const SemanticVersion& version) const;

 private:
  friend class RangeParser;
  struct Bound {
    SemanticVersion version;
    bool inclusive = false;
  };
  struct Interval {
    std::optional<Bound> low;
    std::optional<Bound> high;
    bool negated = false;
    bool Contains(const SemanticVersion& version) const;
  };
  struct Group {
    std::vector<Interval> all;
    bool names_prerelease = false;
  };
  std::vector<Group> any_;
};

}  // namespace wheelhouse

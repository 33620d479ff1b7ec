// Two versions and a range, a line each.
#include "common/formats/semver.h"

#include <absl/strings/str_split.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  const std::vector<std::string> lines = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  if (lines.size() < 3) return 0;
  const auto a = ParseVersion(lines[0]), b = ParseVersion(lines[1]);
  if (a.ok() && b.ok()) {
    fuzz::Require(CompareVersions(*a, *a) == 0, "a version equals itself");
    const int one = CompareVersions(*a, *b), other = CompareVersions(*b, *a);
    fuzz::Require((one < 0) == (other > 0) && (one == 0) == (other == 0), "the order is one");
  }
  const auto range = VersionRange::Parse(lines[2]);
  if (range.ok() && a.ok()) (void)range->Contains(*a);
  return 0;
}

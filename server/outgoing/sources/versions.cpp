#include "server/outgoing/sources/versions.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/formats/semver.h"

namespace wheelhouse::outgoing {

absl::StatusOr<std::optional<size_t>> ChooseVersion(const std::vector<std::string>& versions,
                                                    const std::string& wanted) {
  const auto same = std::ranges::find(versions, wanted);
  if (same != versions.end()) return static_cast<size_t>(same - versions.begin());
  const auto range = VersionRange::Parse(wanted.empty() ? "*" : wanted);
  if (!range.ok())
    return MakeFailure(Reason::kPlanInvalid, absl::StrCat("the chart's version: ",
                                                          std::string(range.status().message())));
  std::optional<size_t> best;
  SemanticVersion highest;
  for (size_t i = 0; i < versions.size(); ++i) {
    const auto version = ParseVersion(versions[i]);
    if (!version.ok() || !range->Contains(*version)) continue;
    if (best.has_value() && CompareVersions(*version, highest) <= 0) continue;
    best = i;
    highest = *version;
  }
  return best;
}

bool IsOneVersion(const std::string& text) {
  const std::string core = text.substr(0, text.find_first_of("-+"));
  return std::ranges::count(core, '.') == 2 && ParseVersion(text).ok();
}

}  // namespace wheelhouse::outgoing

#include "server/plan/fields/labels_check.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <re2/re2.h>

#include <set>

namespace wheelhouse::plan {
namespace {

// Those by which helm finds its records, and ours.
bool IsTaken(const std::string& key) {
  static const auto* const taken =
      new std::set<std::string>{"name", "owner", "status", "version", "createdAt", "modifiedAt"};
  return taken->contains(key) || absl::StartsWith(key, "wheelhouse-");
}

bool IsName(const std::string& text) {
  static const auto* const name = new re2::RE2("[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?");
  return re2::RE2::FullMatch(text, *name);
}

bool IsKey(const std::string& key) {
  static const auto* const prefix =
      new re2::RE2("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
  const size_t slash = key.find('/');
  if (slash == std::string::npos) return IsName(key);
  return slash <= 253 && re2::RE2::FullMatch(key.substr(0, slash), *prefix) &&
         IsName(key.substr(slash + 1));
}

}  // namespace

void CheckLabels(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  for (const auto& [key, value] : chart.labels()) {
    const std::string at = absl::StrCat(path, ".labels[", key, "]");
    if (IsTaken(key)) {
      wrong->push_back(
          {at, "is a label that helm or wheelhouse sets itself; choose another name."});
    } else if (!IsKey(key)) {
      wrong->push_back(
          {at, "must be a name of a Kubernetes label, such as team or example.com/team."});
    } else if (!value.empty() && !IsName(value)) {
      wrong->push_back({at,
                        "must be at most 63 letters, digits, `-`, `_` and `.`, with a letter or "
                        "digit at both ends."});
    }
  }
}

}  // namespace wheelhouse::plan

#include "server/plan/fields/values_from_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

namespace wheelhouse::plan {
namespace {

bool IsMadeOf(const std::string& text, absl::string_view others, bool upper) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [&](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || (upper && absl::ascii_isupper(c)) ||
           absl::StrContains(others, c);
  });
}

}  // namespace

void CheckValuesFrom(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < chart.values_from_size(); ++i) {
    const v1::ValuesFrom& from = chart.values_from(i);
    std::string at = absl::StrCat(path, ".values_from[", i, "]");
    if (from.source_case() == v1::ValuesFrom::SOURCE_NOT_SET) {
      wrong->push_back({at, "must have secret or configMap."});
      continue;
    }
    absl::StrAppend(&at, from.has_secret() ? ".secret" : ".config_map");
    const v1::KeyRef& ref = from.has_secret() ? from.secret() : from.config_map();
    if (!IsMadeOf(ref.name(), "-.", false))
      wrong->push_back({at + ".name", "must be an object's name: a-z, 0-9, `-` and `.`."});
    if (!ref.namespace_().empty()) CheckLabel(ref.namespace_(), 63, at + ".namespace", wrong);
    if (!ref.key().empty() && !IsMadeOf(ref.key(), "-._", true))
      wrong->push_back({at + ".key", "must be letters, digits, `-`, `_` and `.`."});
  }
}

}  // namespace wheelhouse::plan

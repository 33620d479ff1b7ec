#include "server/plan/origins.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

namespace wheelhouse::plan {

bool TakeIndex(absl::string_view* path, int* index) {
  absl::string_view rest = *path;
  if (!absl::ConsumePrefix(&rest, "[")) return false;
  const size_t end = rest.find(']');
  if (end == absl::string_view::npos || !absl::SimpleAtoi(rest.substr(0, end), index)) return false;
  *path = rest.substr(end + 1);
  return true;
}

void Origins::Note(const std::string& list, Items of_the_profile) {
  if (of_the_profile.count > 0) of_the_profile_[list] = of_the_profile;
}

FieldViolation Origins::AsWritten(absl::string_view below, const std::string& description,
                                  const std::string& profile) const {
  for (const auto& [list, items] : of_the_profile_) {
    absl::string_view rest = below;
    int index = 0;
    if (!absl::ConsumePrefix(&rest, list) || !TakeIndex(&rest, &index)) continue;
    if (index < items.first) break;
    if (index >= items.first + items.count)
      return {absl::StrCat(list, "[", index - items.count, "]", rest), description};
    return {"profile", absl::StrCat("is `", profile, "`, which does not fit this plan: its ", list,
                                    "[", index - items.first, "]", rest, ": ", description)};
  }
  return {std::string(below), description};
}

}  // namespace wheelhouse::plan

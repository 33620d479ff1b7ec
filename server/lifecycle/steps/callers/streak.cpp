#include "server/lifecycle/steps/callers/streak.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/time.h"

namespace wheelhouse::lifecycle {

Streak::Streak(const Clock& clock, const google::protobuf::Duration& hold, int looks)
    : clock_(clock), hold_(ToDuration(hold)), looks_(std::max(looks, 1)) {}

bool Streak::Saw(bool as_asked) {
  last_ = clock_.Now();
  if (!as_asked) {
    seen_ = 0;
    return false;
  }
  if (seen_++ == 0) since_ = last_;
  return seen_ >= looks_ && last_ - since_ >= hold_;
}

std::string Streak::Progress() const {
  if (seen_ == 0) return "";
  if (seen_ < looks_) return absl::StrCat("as expected ", seen_, " of ", looks_, " times");
  return absl::StrCat("as expected for ",
                      absl::FormatDuration(absl::Trunc(last_ - since_, absl::Milliseconds(100))),
                      " of ", absl::FormatDuration(hold_));
}

}  // namespace wheelhouse::lifecycle

// Which items of an expanded chart's lists come from its profile.
//
// A plan is checked after its profiles are put in, but violations must name the fields that the
// caller wrote, and the profile's items shift the indices of the caller's.
#pragma once

#include <absl/strings/string_view.h>

#include <map>
#include <string>

#include "common/failure.h"

namespace wheelhouse::plan {

// Takes `[7]` off the front of `path`. False, with `path` unchanged, when there is no index.
bool TakeIndex(absl::string_view* path, int* index);

class Origins {
 public:
  struct Items {
    int first = 0;
    int count = 0;
  };

  // Records the profile's items in a list. `list` is its path below the chart: `patches`,
  // `stages.pre_exec.before`.
  void Note(const std::string& list, Items of_the_profile);

  // Turns a violation at `below`, a path below the expanded chart, into one of the chart that the
  // caller wrote. `profile` is the profile's name.
  FieldViolation AsWritten(absl::string_view below, const std::string& description,
                           const std::string& profile) const;

 private:
  std::map<std::string, Items> of_the_profile_;
};

}  // namespace wheelhouse::plan

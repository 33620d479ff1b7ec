// Which items of an expanded chart's lists its profile has put there.
//
// A plan is checked after its profiles are in it, and its caller must be told of fields that the
// caller wrote: the profile's items shift the indices of the caller's.
#pragma once

#include <absl/strings/string_view.h>

#include <map>
#include <string>

#include "common/failure.h"

namespace wheelhouse::plan {

// Reads `[7]` off the front of `path`. False, and nothing read, where there is no index.
bool TakeIndex(absl::string_view* path, int* index);

class Origins {
 public:
  struct Items {
    int first = 0;
    int count = 0;
  };

  // The profile's items in a list. `list` is its path below the chart: `patches`,
  // `stages.pre_exec.before`.
  void Note(const std::string& list, Items of_the_profile);

  // What is wrong with the field `below` (its path below the expanded chart) as something that is
  // wrong with the chart that the caller wrote. `profile` is the profile's name.
  FieldViolation AsWritten(absl::string_view below, const std::string& description,
                           const std::string& profile) const;

 private:
  std::map<std::string, Items> of_the_profile_;
};

}  // namespace wheelhouse::plan

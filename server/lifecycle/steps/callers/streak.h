// Whether a condition has held long enough: for a time without a break, and for a number of looks
// in a row.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/duration.pb.h>

#include <string>

#include "common/clock.h"

namespace wheelhouse::lifecycle {

// Used by one thread.
class Streak {
 public:
  // `clock` is lent. Unset (0) means that one look is enough.
  Streak(const Clock& clock, const google::protobuf::Duration& hold, int looks = 0);

  // Counts what a look saw; returns true when the streak is long enough.
  bool Saw(bool as_asked);

  // The progress: `as expected for 2s of 10s`, `as expected 2 of 3 times`. Empty between streaks.
  std::string Progress() const;

 private:
  const Clock& clock_;
  const absl::Duration hold_;
  const int looks_;
  int seen_ = 0;  // in a row
  absl::Time since_;
  absl::Time last_;
};

}  // namespace wheelhouse::lifecycle

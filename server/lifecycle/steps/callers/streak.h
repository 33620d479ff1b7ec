// Whether what was asked for has held long enough: for a time without a break, and for so many
// looks in a row.
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

  // Tells what a look saw; true when it is enough.
  bool Saw(bool as_asked);

  // How far it is: `as expected for 2s of 10s`, `as expected 2 of 3 times`. Empty while there is no
  // streak.
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

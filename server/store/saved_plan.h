// Plans that are saved until they are applied, discarded or too old.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "common/principal.h"

namespace wheelhouse::store {

// The clear part of a saved plan.
struct SavedPlanRow {
  std::string id;      // of the run that previewed it; sorts, byte by byte, by creation
  std::string sha256;  // of its contents; shown to people, and of contents that cannot be guessed
  Principal caller;    // who saved it
  std::string plan_name;
  std::string cluster;
  absl::Time create_time;  // all times are kept to the microsecond
  absl::Time expire_time;
  bool approval_required = false;
  std::string approved_by;  // a principal's name; empty: nobody has
  absl::Time approve_time = absl::InfinitePast();
  std::string last_run;               // the newest run that applies it; empty: none does
  std::vector<std::string> archives;  // digests of the caller's uploads that it needs
};

struct SavedPlanQuery {
  std::string caller;     // who has saved them; empty: everybody's
  std::string before_id;  // only older ones; empty: from the newest
  int limit = 50;
};

}  // namespace wheelhouse::store

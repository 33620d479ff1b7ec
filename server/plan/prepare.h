// The front door of plans: what a caller wrote goes in, what a run does comes out.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "server/plan/profiles/profiles.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

// What the author of an uploaded chart calls it. `archive_digest` is well formed; the archive may
// be missing: CHART_NOT_UPLOADED, CHART_INVALID.
using IdentifyChart =
    std::function<absl::StatusOr<ChartIdentity>(const std::string& archive_digest)>;

// A plan that is valid, has its profiles' values and steps as its own and every default filled in.
struct PreparedPlan {
  v1::Plan plan;
  std::vector<std::string> profile_digests;  // of each chart; empty: it has no profile
};

// Puts the profiles that the charts of `plan` name into them, checks all of it, and fills in what
// is left out. `plan` is as a caller sent it: nothing is known of it. `identify` is called for
// uploaded charts whose profile is `auto`, and is all that may read anything.
//
// PLAN_INVALID with every violation, each of a field that the caller wrote: of what a profile has
// put in, the field is `profile`. Where nothing else is wrong, the first error of `identify`.
absl::StatusOr<PreparedPlan> Prepare(v1::Plan plan, const Profiles& profiles,
                                     const IdentifyChart& identify);

}  // namespace wheelhouse::plan

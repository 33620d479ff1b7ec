// The entry point for plans: from what a caller wrote to what a run does.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "server/plan/maxima.h"
#include "server/plan/profiles.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

// The name and version in an uploaded chart. `archive_digest` is well formed, but the archive may
// be missing or broken: CHART_NOT_UPLOADED, CHART_INVALID.
using IdentifyChart =
    std::function<absl::StatusOr<ChartIdentity>(const std::string& archive_digest)>;

// Whether the operator allows the daemon to fetch a chart from there: SOURCE_NOT_ALLOWED; where it
// must be signed, NO_TRUSTED_KEYS.
using AllowSource = std::function<absl::Status(const v1::ChartSource& source)>;

// What the operator allows to the plans of one caller.
struct Allowed {
  Maxima maxima;
  AllowSource source;  // unset: every source
};

// A valid plan with its profiles' values and steps put in and every default filled in.
struct PreparedPlan {
  v1::Plan plan;
  std::vector<std::string> profile_digests;  // of each chart; empty: it has no profile
};

// Puts into the charts of `plan` the profiles that they name, checks the result, and fills in the
// defaults. `plan` is as a caller sent it, unchecked. `identify` is called for uploaded charts
// whose profile is `auto`; nothing else does I/O.
//
// PLAN_INVALID has every violation, each at a field that the caller wrote: at `profile` for what a
// profile has put in. When nothing is wrong with the plan itself, OPTION_NOT_ALLOWED has every
// field that asks for more than is allowed, and after that SOURCE_NOT_ALLOWED every chart whose
// source is not; and when nothing else is wrong, returns the first error of `identify`.
absl::StatusOr<PreparedPlan> Prepare(v1::Plan plan, const Profiles& profiles,
                                     const Allowed& allowed, const IdentifyChart& identify);

// Whether a plan that is prepared already, that of a run that is retried, is allowed now.
absl::Status CheckPrepared(const v1::Plan& plan, const Allowed& allowed);

}  // namespace wheelhouse::plan

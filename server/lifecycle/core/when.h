// When a caller's step runs.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/run.pb.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

// What an expression may ask for beside the chart and the trail.
struct WhenFacts {
  v1::Decision decision = v1::DECISION_UNSPECIFIED;
  std::string chart_name;  // of what is deployed; empty where that is not known
  std::string chart_version;
};

// Whether every condition holds now. Errors: STEP_FAILED for an expression that cannot be
// evaluated; the release could not be read, for installed_version; what ended the Context.
absl::StatusOr<bool> Holds(const Context& context, const Chart& chart, Trail& trail,
                           const v1::When& when, const WhenFacts& facts = {});

// `when` without what is known only when the step runs, for whoever asks earlier: the payload, and
// an expression, which may read it.
v1::When KnownBefore(v1::When when);

// Reads Trail.installed_version, before anything is changed: the record may be gone afterwards.
// Does nothing when no step asks for it, since it means reading the record's payload.
absl::Status ReadInstalledVersion(const Context& context, const Chart& chart, Trail& trail);

}  // namespace wheelhouse::lifecycle

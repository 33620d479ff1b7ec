// What a probe asks: one class for each kind of target.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

class ProbeTarget {
 public:
  virtual ~ProbeTarget() = default;

  // What messages call it.
  virtual std::string Shown(const Chart& chart) const = 0;

  // Asks once. What the answer lacks, in words that follow the name: `answers 503, expected 200`;
  // empty when it is as expected. Tells nothing of a body: that may be somebody's secret. An error
  // will not be another one for asking again: TARGET_NOT_ALLOWED, PERMISSION_DENIED.
  virtual absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const = 0;
};

// `probe` has a target, and outlives it.
std::unique_ptr<ProbeTarget> MakeProbeTarget(const v1::ProbeStep& probe);

}  // namespace wheelhouse::lifecycle

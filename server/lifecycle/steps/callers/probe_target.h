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

  // Its name in messages.
  virtual std::string Shown(const Chart& chart) const = 0;

  // Asks once. What is wrong with the answer, in words that follow the name: `answers 503, expected
  // 200`; empty when it is as expected. It does not quote a body, which may hold secrets. An error
  // is final; asking again would not help: TARGET_NOT_ALLOWED, PERMISSION_DENIED.
  virtual absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const = 0;
};

// `probe` has a target, and outlives it.
std::unique_ptr<ProbeTarget> MakeProbeTarget(const v1::ProbeStep& probe);

}  // namespace wheelhouse::lifecycle

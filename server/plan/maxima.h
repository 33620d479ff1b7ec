// The most that the operator lets a plan ask for, on top of what the language of plans allows.
#pragma once

#include <absl/time/time.h>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::plan {

// For the plans of one caller. A value; the defaults allow everything that a plan can say.
struct Maxima {
  absl::Duration timeout = absl::InfiniteDuration();  // of a chart, a stage or a step
  absl::Duration deadline = absl::InfiniteDuration();
  int priority = 100;
  int stage_steps = 1000;  // of the caller and the profile, in one stage of a chart
  int charts = 500;
  bool exclusive = true;
};

// Adds a violation for each field that asks for more: its path, what is asked for, and what is
// allowed. A plan with too many charts gets no violations of its charts.
void CheckMaxima(const v1::Plan& plan, const Maxima& maxima, FieldViolations* wrong);

// Lowers to the maxima what WithDefaults has filled in: all that is above them in a plan that has
// passed CheckMaxima. A plan without a deadline gets the longest.
void LowerDefaults(const Maxima& maxima, v1::Plan* plan);

}  // namespace wheelhouse::plan

// What a run still writes of a release that is UNCHANGED: labels of its record that are no part of
// what is deployed.
#pragma once

#include <map>
#include <string>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Labels to set on the newest record; an empty value removes one.
struct Marks {
  std::map<std::string, std::string> labels;
  std::string done;      // `is protected; belongs to the plan shop`
  std::string expected;  // what a preview says of it; empty: nothing that is worth a line

  bool empty() const { return labels.empty(); }
};

// Empty but for a release that is UNCHANGED and marked otherwise than the plan asks: protected or
// not (protection.h), or as one of another plan (core/membership.h). Where the release was made by
// a daemon that did not know plans yet, it becomes one of the plan here.
Marks MarksToSet(const Chart& chart, const Found& found, const Decided& decided);

}  // namespace wheelhouse::lifecycle

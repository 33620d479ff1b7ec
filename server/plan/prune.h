// What is left of earlier versions of a plan, as charts of a run (Plan.prune).
#pragma once

#include <string>
#include <vector>

#include "server/plan/maxima.h"
#include "server/plan/prepare.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::plan {

// The most releases that one run prunes, besides the plan's own charts.
inline constexpr size_t kMaxPruned = 200;

// A release that a plan no longer has.
struct PrunedRelease {
  std::string ns, name;
  std::string record;  // the uid of its newest record
  int rank = 0;        // its place in the plan's order when it was in the plan, 0 first
};

// What a plan leaves behind, as its run reports it.
struct LeftBehind {
  std::vector<v1::LeftBehind> releases;  // that the run leaves alone, with why
  std::string note;                      // as Run.left_behind_note
};

// Whether AddPruned has made the chart.
inline bool IsPruned(const v1::ChartInfo& chart) { return !chart.pruned_record().empty(); }

// Adds a DESTROY chart with the defaults for each of `releases`. One of a higher rank goes before
// those of lower ranks, which it may have depended on.
void AddPruned(const std::vector<PrunedRelease>& releases, const Maxima& maxima,
               PreparedPlan* prepared);

}  // namespace wheelhouse::plan

// Which claims a chart has to take together: a pure calculation.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace wheelhouse::runs {

// The charts of a run, as far as claims are concerned. A chart is its index in the plan.
struct ClaimGraph {
  std::vector<std::set<std::string>> keys_of;  // of each chart
  std::vector<std::set<int>> waits_for;        // charts that it depends on
  std::set<int> ended;
};

// The closure of a chart's keys. A claim is kept until the last chart of the run that needs it has
// ended. Two runs that each held a claim and waited for the other's would wait for ever. So
// everything that has to be done before a chart's claims can be given back is claimed with them:
// the keys of all charts that share one of them, and of the charts that these depend on. A run that
// holds claims can then always give them back without waiting for others.
std::set<std::string> ClaimClosure(int chart, const ClaimGraph& graph);

}  // namespace wheelhouse::runs

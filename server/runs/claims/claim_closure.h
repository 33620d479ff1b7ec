// Which claims a chart takes together, as a pure calculation.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace wheelhouse::runs {

// The charts of a run that have not ended, as far as claims go. Charts are their indexes.
struct ClaimQuestion {
  std::vector<std::set<std::string>> keys_of;  // of each chart
  std::vector<std::set<int>> waits_for;        // charts that it depends on
  std::set<int> ended;
};

// A claim is kept until the last chart of the run ends that needs it. Two runs that both held one
// and waited for another would wait for ever; so whatever has to be done before a chart's claims
// can be given back is claimed with them: the keys of all charts that share one of them, and of
// those that these depend on. Then a run that holds claims can always bring them back without
// waiting for others.
std::set<std::string> ClaimScope(int chart, const ClaimQuestion& question);

}  // namespace wheelhouse::runs

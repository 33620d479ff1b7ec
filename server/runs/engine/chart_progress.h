// How far the charts of one run are: which may start, which will never start, and which of the
// run's keys are still needed. A pure calculation. A chart is its index in the plan.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/runs/engine/chart_graph.h"

namespace wheelhouse::runs {

class ChartProgress {
 public:
  // `keys_of`: the namespaces that each chart holds while it has not ended; empty sets for a
  // preview.
  ChartProgress(ChartGraph graph, std::vector<std::set<std::string>> keys_of);

  // The charts that depend on nothing.
  std::vector<int> Roots() const { return graph_.Roots(); }

  struct Follow {
    std::vector<int> ready;        // may start now
    std::vector<int> unreachable;  // will never start, and count as ended
    std::set<std::string> freed;   // keys that no chart needs any more
    bool all_ended = false;
  };
  // `chart` has ended. `stops`: charts that depend on it are not started.
  Follow End(int chart, bool stops);

  // The keys of charts that have not ended.
  const std::set<std::string>& held() const { return held_; }
  bool AllEnded() const { return ended_.size() == keys_of_.size(); }

  // What `chart` has to claim: see ClaimClosure.
  std::set<std::string> ClaimedWith(int chart) const;

 private:
  void Free(int chart, Follow* follow);

  ChartGraph graph_;
  std::vector<std::set<std::string>> keys_of_;
  std::map<std::string, int> uses_;  // charts that have not ended, by key
  std::set<std::string> held_;
  std::set<int> ended_;
};

}  // namespace wheelhouse::runs

// The order of the charts of one plan: which may start now, and which will never start.
#pragma once

#include <set>
#include <vector>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::runs {

// A pure calculation. A chart is its index in the plan.
class ChartGraph {
 public:
  // `plan` has passed CheckPlan: names resolve, there is no cycle. An edge between two DESTROY
  // charts is reversed. A chart with SKIP waits for nothing, and a chart that depends on it depends
  // on what it depends on. One that is pruned waits for all that are not.
  explicit ChartGraph(const v1::Plan& plan);

  // How deep each chart stands: 0 for one that waits for nothing, else one more than the deepest
  // that it waits for. Before the first chart has ended.
  std::vector<int> Ranks() const;

  // The charts that depend on nothing.
  std::vector<int> Roots() const;

  struct Next {
    std::vector<int> ready;
    std::vector<int> unreachable;  // they depend, perhaps through others, on a chart that failed
  };
  // `chart` has ended.
  Next Ended(int chart, bool succeeded);

  // For each chart, those that it still waits for; only direct dependencies.
  const std::vector<std::set<int>>& waits_for() const { return waits_for_; }

 private:
  void AddEdge(int earlier, int later);
  void PutPrunedLast(const v1::Plan& plan);
  void MarkUnreachable(int chart, Next* next);

  std::vector<std::set<int>> waits_for_;
  std::vector<std::set<int>> dependents_;
  std::vector<bool> unreachable_;
};

}  // namespace wheelhouse::runs

// The order of the charts of one plan: which may start now, and which never will.
#pragma once

#include <set>
#include <vector>

#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::runs {

// Used under the engine's lock. Charts are their indexes in the plan.
class ChartGraph {
 public:
  // `plan` has passed CheckPlan: names resolve, there is no cycle. An edge between two DESTROY
  // charts counts reversed. A chart with SKIP waits for nothing, and whoever depends on it depends
  // on what it depends on.
  explicit ChartGraph(const v1::Plan& plan);

  // Those that depend on nothing. Once.
  std::vector<int> Roots() const;

  struct Next {
    std::vector<int> ready;
    std::vector<int> unreachable;  // a chart that they depend on, maybe through others, failed
  };
  // `chart` has ended.
  Next Ended(int chart, bool succeeded);

  // Of each chart those that it still waits for, not through others.
  const std::vector<std::set<int>>& waits_for() const { return waits_for_; }

 private:
  void MarkUnreachable(int chart, Next* next);

  std::vector<std::set<int>> waits_for_;
  std::vector<std::set<int>> dependents_;
  std::vector<bool> unreachable_;
};

}  // namespace wheelhouse::runs

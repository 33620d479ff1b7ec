#include "server/runs/engine/chart_graph.h"

#include <algorithm>
#include <functional>

#include "common/run_picture.h"
#include "server/plan/prune.h"

namespace wheelhouse::runs {
namespace {

int Resolve(const v1::Plan& plan, const std::string& name) {
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    if (name == chart.name() || name == ChartKey(chart)) {
      return i;
    }
  }
  return -1;
}

// What `chart` depends on, seeing through charts that are skipped.
void Collect(const v1::Plan& plan, int chart, std::set<int>* seen, std::set<int>* found) {
  for (const std::string& name : plan.charts(chart).depends_on()) {
    const int other = Resolve(plan, name);
    if (other < 0 || !seen->insert(other).second) continue;
    if (plan.charts(other).action() == v1::ACTION_SKIP) {
      Collect(plan, other, seen, found);
    } else {
      found->insert(other);
    }
  }
}

bool Destroys(const v1::ChartInfo& chart) { return chart.action() == v1::ACTION_DESTROY; }

}  // namespace

ChartGraph::ChartGraph(const v1::Plan& plan)
    : waits_for_(plan.charts_size()),
      dependents_(plan.charts_size()),
      unreachable_(plan.charts_size(), false) {
  for (int chart = 0; chart < plan.charts_size(); ++chart) {
    if (plan.charts(chart).action() == v1::ACTION_SKIP) continue;
    std::set<int> seen, found;
    Collect(plan, chart, &seen, &found);
    for (const int other : found) {
      const bool reversed = Destroys(plan.charts(chart)) && Destroys(plan.charts(other));
      reversed ? AddEdge(chart, other) : AddEdge(other, chart);
    }
  }
  PutPrunedLast(plan);
}

void ChartGraph::AddEdge(int earlier, int later) {
  waits_for_[later].insert(earlier);
  dependents_[earlier].insert(later);
}

// What is no longer in a plan may be in use until the rest of the plan is as it is to be.
void ChartGraph::PutPrunedLast(const v1::Plan& plan) {
  std::vector<int> last, pruned;
  for (int chart = 0; chart < plan.charts_size(); ++chart) {
    if (plan::IsPruned(plan.charts(chart))) {
      pruned.push_back(chart);
    } else if (dependents_[chart].empty() && plan.charts(chart).action() != v1::ACTION_SKIP) {
      last.push_back(chart);  // those before it are waited for with it
    }
  }
  for (const int chart : pruned) {
    if (!waits_for_[chart].empty()) continue;  // for another that is pruned
    for (const int earlier : last) AddEdge(earlier, chart);
  }
}

std::vector<int> ChartGraph::Ranks() const {
  std::vector<int> ranks(waits_for_.size(), -1);
  const std::function<int(size_t)> rank_of = [&](size_t chart) {
    if (ranks[chart] >= 0) return ranks[chart];
    int rank = 0;
    for (const int other : waits_for_[chart])
      rank = std::max(rank, rank_of(static_cast<size_t>(other)) + 1);
    return ranks[chart] = rank;
  };
  for (size_t chart = 0; chart < ranks.size(); ++chart) rank_of(chart);
  return ranks;
}

std::vector<int> ChartGraph::Roots() const {
  std::vector<int> roots;
  for (size_t chart = 0; chart < waits_for_.size(); ++chart) {
    if (waits_for_[chart].empty()) roots.push_back(static_cast<int>(chart));
  }
  return roots;
}

ChartGraph::Next ChartGraph::Ended(int chart, bool succeeded) {
  Next next;
  for (const int later : dependents_[chart]) {
    if (!succeeded) {
      MarkUnreachable(later, &next);
      continue;
    }
    waits_for_[later].erase(chart);
    if (waits_for_[later].empty() && !unreachable_[later]) next.ready.push_back(later);
  }
  return next;
}

void ChartGraph::MarkUnreachable(int chart, Next* next) {
  if (unreachable_[chart]) return;
  unreachable_[chart] = true;
  next->unreachable.push_back(chart);
  for (const int later : dependents_[chart]) MarkUnreachable(later, next);
}

}  // namespace wheelhouse::runs

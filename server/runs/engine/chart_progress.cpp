#include "server/runs/engine/chart_progress.h"

#include <utility>

#include "server/runs/claims/claim_closure.h"

namespace wheelhouse::runs {

ChartProgress::ChartProgress(ChartGraph graph, std::vector<std::set<std::string>> keys_of)
    : graph_(std::move(graph)), keys_of_(std::move(keys_of)) {
  for (const std::set<std::string>& keys : keys_of_) {
    held_.insert(keys.begin(), keys.end());
    for (const std::string& key : keys) ++uses_[key];
  }
}

ChartProgress::Follow ChartProgress::End(int chart, bool stops) {
  Follow follow;
  Free(chart, &follow);
  ChartGraph::Next next = graph_.Ended(chart, !stops);
  for (const int unreachable : next.unreachable) Free(unreachable, &follow);
  follow.ready = std::move(next.ready);
  follow.unreachable = std::move(next.unreachable);
  follow.all_ended = AllEnded();
  return follow;
}

void ChartProgress::Free(int chart, Follow* follow) {
  if (!ended_.insert(chart).second) return;
  for (const std::string& key : keys_of_[static_cast<size_t>(chart)]) {
    if (--uses_[key] > 0) continue;
    held_.erase(key);
    follow->freed.insert(key);
  }
}

std::set<std::string> ChartProgress::ClaimedWith(int chart) const {
  return ClaimClosure(chart, {keys_of_, graph_.waits_for(), ended_});
}

}  // namespace wheelhouse::runs

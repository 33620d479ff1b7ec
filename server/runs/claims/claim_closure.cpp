#include "server/runs/claims/claim_closure.h"

#include <algorithm>

namespace wheelhouse::runs {

std::set<std::string> ClaimClosure(int chart, const ClaimGraph& graph) {
  std::set<std::string> keys;
  std::set<int> counted;
  std::vector<int> more = {chart};
  while (!more.empty()) {
    const int one = more.back();
    more.pop_back();
    const auto index = static_cast<size_t>(one);
    if (graph.ended.count(one) > 0 || !counted.insert(one).second) continue;
    keys.insert(graph.keys_of[index].begin(), graph.keys_of[index].end());
    more.insert(more.end(), graph.waits_for[index].begin(), graph.waits_for[index].end());
    for (size_t other = 0; other < graph.keys_of.size(); ++other) {
      const bool shares = std::ranges::any_of(
          graph.keys_of[other], [&](const std::string& key) { return keys.count(key) > 0; });
      if (shares) more.push_back(static_cast<int>(other));
    }
  }
  return keys;
}

}  // namespace wheelhouse::runs

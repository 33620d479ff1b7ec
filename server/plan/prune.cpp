#include "server/plan/prune.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <utility>

#include "server/plan/defaults.h"

namespace wheelhouse::plan {

void AddPruned(const std::vector<PrunedRelease>& releases, const Maxima& maxima,
               PreparedPlan* prepared) {
  std::map<int, std::vector<std::string>> by_rank;
  for (const PrunedRelease& release : releases)
    by_rank[release.rank].push_back(absl::StrCat(release.ns, "/", release.name));
  v1::Plan added;
  for (const PrunedRelease& release : releases) {
    v1::ChartInfo* chart = added.add_charts();
    chart->set_namespace_(release.ns);
    chart->set_name(release.name);
    chart->set_action(v1::ACTION_DESTROY);
    chart->set_pruned_record(release.record);
    // Between charts that are destroyed the order is reversed.
    const auto rank = by_rank.find(release.rank);
    if (rank == by_rank.begin()) continue;
    const std::vector<std::string>& below = std::prev(rank)->second;
    chart->mutable_depends_on()->Assign(below.begin(), below.end());
  }
  added = WithDefaults(std::move(added));
  LowerDefaults(maxima, &added);
  for (v1::ChartInfo& chart : *added.mutable_charts()) {
    *prepared->plan.add_charts() = std::move(chart);
    prepared->profile_digests.emplace_back();
  }
}

}  // namespace wheelhouse::plan

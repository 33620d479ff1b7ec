#include "server/plan/graph_check.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/formats/yaml_proto.h"
#include "common/run_picture.h"
#include "server/plan/defaults.h"

namespace wheelhouse::plan {
namespace {

constexpr int kMostOthers = 100;

using Index = std::map<std::string, std::vector<int>>;  // NAME and NAMESPACE/NAME to charts

Index IndexCharts(const v1::Plan& plan, FieldViolations* wrong) {
  Index index;
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    const std::string full = ChartKey(chart);
    std::vector<int>& same = index[full];
    if (!same.empty()) {
      wrong->push_back({absl::StrCat("plan.charts[", i, "].name"),
                        absl::StrCat("repeats `", full, "` (plan.charts[", same.front(),
                                     "]); a chart may be in a plan only once.")});
    }
    same.push_back(i);
    index[chart.name()].push_back(i);
  }
  return index;
}

constexpr char kSeveralCharts[] =
    "`, which matches several charts of the plan; expected NAMESPACE/NAME.";

std::string NoChart(const std::string& name, const Index& index) {
  std::vector<std::string> names;
  for (const auto& [known, charts] : index) names.push_back(known);
  const std::string nearest = NearestName(name, names);
  return absl::StrCat("is `", name, "`, which matches no chart of the plan; ",
                      nearest.empty() ? "expected NAME or NAMESPACE/NAME of one"
                                      : absl::StrCat("did you mean `", nearest, "`?"),
                      nearest.empty() ? ", or waitForReleases for a release outside the plan."
                                      : " A release outside the plan goes in waitForReleases.");
}

std::vector<std::set<int>> CheckEdges(const v1::Plan& plan, const Index& index,
                                      FieldViolations* wrong) {
  std::vector<std::set<int>> needs(static_cast<size_t>(plan.charts_size()));
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    for (int k = 0; k < chart.depends_on_size(); ++k) {
      const std::string at = absl::StrCat("plan.charts[", i, "].depends_on[", k, "]");
      const std::string& name = chart.depends_on(k);
      const auto found = index.find(name);
      if (found == index.end() || found->second.size() != 1) {
        wrong->push_back({at, found == index.end() ? NoChart(name, index)
                                                   : absl::StrCat("is `", name, kSeveralCharts)});
        continue;
      }
      const int target = found->second.front();
      const v1::Action from = ActionOf(chart);
      const v1::Action to = ActionOf(plan.charts(target));
      const bool destroys = from == v1::ACTION_DESTROY || to == v1::ACTION_DESTROY;
      if (destroys && from != to && from != v1::ACTION_SKIP && to != v1::ACTION_SKIP) {
        wrong->push_back(
            {at,
             absl::StrCat(
                 "is `", name,
                 "`; a chart that is destroyed and one that is not cannot depend on each other.")});
      }
      needs[static_cast<size_t>(i)].insert(target);
    }
  }
  return needs;
}

// Removes the charts that need none of the remaining ones, until none is left to remove. The rest
// are in a cycle or depend on one.
void CheckCycles(const std::vector<std::set<int>>& needs, FieldViolations* wrong) {
  std::set<int> left;
  for (size_t i = 0; i < needs.size(); ++i) left.insert(static_cast<int>(i));
  auto free = [&](int i) {
    return std::ranges::none_of(needs[static_cast<size_t>(i)],
                                [&](int need) { return left.contains(need); });
  };
  while (std::erase_if(left, free) > 0) {
  }
  for (int i : left) {
    wrong->push_back(
        {absl::StrCat("plan.charts[", i, "].depends_on"),
         "is part of a dependency cycle, or depends on a chart that is; remove a dependency."});
  }
}

// Releases outside the plan, which are waited for.
void CheckOthers(const v1::Plan& plan, const Index& index, FieldViolations* wrong) {
  for (int i = 0; i < plan.charts_size(); ++i) {
    const v1::ChartInfo& chart = plan.charts(i);
    const std::string field = absl::StrCat("plan.charts[", i, "].wait_for_releases");
    const v1::Action action = ActionOf(chart);
    if (!chart.wait_for_releases().empty() && action != v1::ACTION_DEPLOY &&
        action != v1::ACTION_ROLLBACK && action != v1::ACTION_SKIP)
      wrong->push_back({field, "is for DEPLOY and ROLLBACK."});
    if (chart.wait_for_releases_size() > kMostOthers)
      wrong->push_back({field, absl::StrCat("must name at most ", kMostOthers, " releases.")});
    for (int k = 0; k < chart.wait_for_releases_size(); ++k) {
      const std::string at = absl::StrCat(field, "[", k, "]");
      const std::string& name = chart.wait_for_releases(k);
      const size_t slash = name.find('/');
      if (slash == std::string::npos) {
        wrong->push_back({at, absl::StrCat("is `", name, "`; expected NAMESPACE/NAME.")});
        continue;
      }
      CheckLabel(name.substr(0, slash), 63, at, wrong);
      CheckName(name.substr(slash + 1), 53, at, wrong);
      if (index.contains(name)) {
        wrong->push_back(
            {at, absl::StrCat("is `", name, "`, a chart of the plan; name it in dependsOn.")});
      }
    }
  }
}

}  // namespace

void CheckGraph(const v1::Plan& plan, FieldViolations* wrong) {
  const Index index = IndexCharts(plan, wrong);
  CheckOthers(plan, index, wrong);
  CheckCycles(CheckEdges(plan, index, wrong), wrong);
}

}  // namespace wheelhouse::plan

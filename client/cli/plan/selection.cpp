#include "client/cli/plan/selection.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

struct Condition {
  std::string key, value;
  bool equal = true;
};
using Conditions = std::vector<Condition>;

struct Chart {
  Node node;
  std::map<std::string, std::string> keys;  // labels, name and namespace
  std::vector<std::string> needs;           // as dependsOn has them
  bool wanted = false;
};

std::string TextOf(const Node& node) {
  return node.IsDefined() && node.IsScalar() ? node.Scalar() : std::string();
}

Chart ReadChart(const Node& node) {
  Chart chart{node, {}, {}, false};
  if (!node.IsMap()) return chart;
  if (const Node labels = node["labels"]; labels.IsDefined() && labels.IsMap()) {
    for (const auto& label : labels) chart.keys[TextOf(label.first)] = TextOf(label.second);
  }
  chart.keys["name"] = TextOf(node["name"]);
  chart.keys["namespace"] = TextOf(node["namespace"]);
  if (const Node needs = node["dependsOn"]; needs.IsDefined() && needs.IsSequence()) {
    for (const Node& need : needs) chart.needs.push_back(TextOf(need));
  }
  return chart;
}

absl::StatusOr<Conditions> ParseSelector(const std::string& text) {
  if (!absl::StrContains(text, '=')) {
    const std::vector<std::string> parts = absl::StrSplit(text, '/');
    if (parts.size() > 2 || text.empty() || parts.back().empty())
      return absl::InvalidArgumentError(
          absl::StrCat("the selector ", text, " is not NAME, NAMESPACE/NAME or KEY=VALUE,..."));
    Conditions conditions = {{"name", parts.back()}};
    if (parts.size() == 2) conditions.push_back({"namespace", parts[0]});
    return conditions;
  }
  Conditions conditions;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    const bool equal = !absl::EndsWith(pair.first, "!");
    if (!equal) pair.first.pop_back();
    if (pair.first.empty() || !absl::StrContains(part, '='))
      return absl::InvalidArgumentError(
          absl::StrCat("the selector ", text, " has a condition that is not KEY=VALUE"));
    conditions.push_back({pair.first, pair.second, equal});
  }
  return conditions;
}

bool Matches(const Chart& chart, const Conditions& conditions) {
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    const auto found = chart.keys.find(condition.key);
    const bool equal = found != chart.keys.end() && found->second == condition.value;
    return equal == condition.equal;
  });
}

absl::Status Mark(const std::vector<std::string>& selectors, bool wanted,
                  std::vector<Chart>* charts) {
  for (const std::string& selector : selectors) {
    ASSIGN_OR_RETURN(const Conditions conditions, ParseSelector(selector));
    bool any = false;
    for (Chart& chart : *charts) {
      if (!Matches(chart, conditions)) continue;
      chart.wanted = wanted;
      any = true;
    }
    if (!any)
      return absl::InvalidArgumentError(
          absl::StrCat("no chart of the plan matches the selector ", selector));
  }
  return absl::OkStatus();
}

bool IsCalled(const Chart& chart, const std::string& name) {
  const std::string& own = chart.keys.at("name");
  return !own.empty() &&
         (name == own || name == absl::StrCat(chart.keys.at("namespace"), "/", own));
}

void MarkDependencies(std::vector<Chart>* charts) {
  for (bool more = true; more;) {
    more = false;
    std::set<std::string> needed;
    for (const Chart& chart : *charts) {
      if (chart.wanted) needed.insert(chart.needs.begin(), chart.needs.end());
    }
    for (Chart& chart : *charts) {
      if (chart.wanted || chart.keys.empty()) continue;
      chart.wanted = std::ranges::any_of(
          needed, [&](const std::string& name) { return IsCalled(chart, name); });
      more = more || chart.wanted;
    }
  }
}

// `node` without what it depends on and is left out.
Node WithoutAbsent(const Chart& chart, const std::vector<Chart>& charts) {
  const auto is_absent = [&](const std::string& name) {
    return std::ranges::any_of(charts, [&](const Chart& other) {
      return !other.wanted && !other.keys.empty() && IsCalled(other, name);
    });
  };
  if (std::ranges::none_of(chart.needs, is_absent)) return chart.node;
  Node node(YAML::NodeType::Map);
  for (const auto& entry : chart.node) {
    if (TextOf(entry.first) != "dependsOn") {
      node.force_insert(entry.first, entry.second);
      continue;
    }
    Node needs(YAML::NodeType::Sequence);
    for (const Node& need : entry.second) {
      if (!is_absent(TextOf(need))) needs.push_back(need);
    }
    node.force_insert(entry.first, needs);
  }
  return node;
}

// The release of a chart that is left out, as Plan.unselected has it. A chart without a name is
// called by what the chart itself is called, which only its files tell.
std::string ReleaseOf(const Chart& chart) {
  const std::string& name = chart.keys.at("name");
  return absl::StrCat(chart.keys.at("namespace"), "/", name.empty() ? "*" : name);
}

}  // namespace

absl::Status SelectCharts(Node root, const PlanOptions& options) {
  if (options.only.empty() && options.skip.empty()) {
    return options.with_dependencies
               ? absl::InvalidArgumentError("--with-dependencies: needs --only")
               : absl::OkStatus();
  }
  const Node list = root.IsMap() ? std::as_const(root)["charts"] : Node();
  if (!list.IsDefined() || !list.IsSequence()) return absl::OkStatus();  // the reader reports it
  std::vector<Chart> charts;
  for (const Node& node : list) charts.push_back(ReadChart(node));
  for (Chart& chart : charts) chart.wanted = options.only.empty();
  RETURN_IF_ERROR(Mark(options.only, true, &charts));
  if (options.with_dependencies) MarkDependencies(&charts);
  RETURN_IF_ERROR(Mark(options.skip, false, &charts));
  Node selected(YAML::NodeType::Sequence), unselected(YAML::NodeType::Sequence);
  for (const Chart& chart : charts) {
    if (chart.wanted) {
      selected.push_back(WithoutAbsent(chart, charts));
    } else if (!chart.keys.empty() && !chart.keys.at("namespace").empty()) {
      unselected.push_back(ReleaseOf(chart));
    }
  }
  if (selected.size() == 0)
    return absl::InvalidArgumentError("--only and --skip leave no chart of the plan");
  root.remove("charts");
  root.force_insert("charts", selected);
  root.remove("unselected");
  if (unselected.size() > 0) root.force_insert("unselected", unselected);
  return absl::OkStatus();
}

}  // namespace wheelhouse::cli

#include "client/cli/plan/plan_layers.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "client/cli/plan/variables.h"
#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/formats/yaml_merge.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

// Aliases may make a small file a large plan.
constexpr int kMostNodes = 1'000'000;

const Node Get(const Node& map, const std::string& key) {
  return map.IsMap() ? map[key] : Node(YAML::NodeType::Undefined);
}

std::vector<std::string> KeysOf(const Node& map) {
  std::vector<std::string> keys;
  for (const auto& entry : map) {
    if (entry.first.IsScalar()) keys.push_back(entry.first.Scalar());
  }
  return keys;
}

class Layers {
 public:
  Layers(std::string file, const PlanOptions& options)
      : file_(std::move(file)), options_(options) {}

  void Merge(Node root) {
    const Node defaults = Layer(Get(root, "defaults"), "defaults");
    const Node environment = Environment(Get(root, "environments"));
    const Node charts = Get(root, "charts");
    if (!violations_.empty() || !charts.IsDefined() || !charts.IsSequence()) return Forget(root);
    Node merged(YAML::NodeType::Sequence);
    for (const Node& chart : charts) {
      Node own = chart;
      if (own.IsMap()) ResolveIn(own);
      Node lower = defaults.IsDefined() && own.IsMap() ? Joined(defaults, own) : own;
      merged.push_back(environment.IsDefined() && own.IsMap() ? Joined(lower, environment) : lower);
      if (left_ < 0) return Fail(chart, "the layers of this plan make it too large");
    }
    root.remove("charts");
    root.force_insert("charts", merged);
    Forget(root);
  }

  void Fail(const Node& node, const std::string& what) {
    violations_.push_back({YamlLocation(file_, MarkOf(node)), what});
  }
  std::vector<FieldViolation> TakeViolations() { return std::move(violations_); }

 private:
  static void Forget(Node root) {
    for (const char* key : {"defaults", "environments", "allowEnv"}) root.remove(key);
  }

  // A mapping, or undefined.
  Node Layer(const Node& node, const std::string& name) {
    if (!node.IsDefined() || node.IsNull()) return Node(YAML::NodeType::Undefined);
    if (!node.IsMap()) {
      Fail(node, absl::StrCat(name, ": expected a mapping with fields of a chart"));
      return Node(YAML::NodeType::Undefined);
    }
    ResolveIn(node);
    for (const char* field : {"name", "dependsOn"}) {
      if (node[field]) Fail(node[field], absl::StrCat(name, ".", field, ": is of one chart"));
    }
    return node;
  }

  Node Environment(const Node& environments) {
    const std::string& chosen = options_.environment;
    if (!environments.IsDefined() || environments.IsNull()) {
      if (!chosen.empty())
        violations_.push_back({absl::StrCat(file_, ":1:1"),
                               absl::StrCat("the plan has no environments, but --environment ",
                                            chosen, " was asked for")});
      return Node(YAML::NodeType::Undefined);
    }
    if (!environments.IsMap()) {
      Fail(environments, "environments: expected a mapping of names to fields of a chart");
      return Node(YAML::NodeType::Undefined);
    }
    for (const auto& entry : environments) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      const Node layer = Layer(entry.second, absl::StrCat("environments.", name));
      if (name == chosen) return layer;
    }
    if (!chosen.empty())
      Fail(environments, absl::StrCat("environments: there is no ", chosen, "; there are ",
                                      absl::StrJoin(KeysOf(environments), ", ")));
    return Node(YAML::NodeType::Undefined);
  }

  void ResolveIn(Node map) {
    const auto problem = ResolveMerges(map, [this](const Node&) { return --left_ > 0; });
    if (problem.has_value()) Fail(problem->at, problem->what);
  }

  // Both stay as they are. Mappings are new, since an alias may share them with other charts;
  // scalars keep their positions.
  Node Joined(const Node& lower, const Node& upper) {
    if (--left_ < 0) return upper;
    if (lower.IsMap() && upper.IsMap()) {
      Node map(YAML::NodeType::Map);
      for (const auto& entry : lower) {
        const Node above = entry.first.IsScalar() ? Get(upper, entry.first.Scalar())
                                                  : Node(YAML::NodeType::Undefined);
        map.force_insert(entry.first,
                         above.IsDefined() ? Joined(entry.second, above) : Node(entry.second));
      }
      for (const auto& entry : upper) {
        const bool joined = entry.first.IsScalar() && Get(lower, entry.first.Scalar()).IsDefined();
        if (!joined) map.force_insert(entry.first, entry.second);
      }
      return map;
    }
    if (!lower.IsSequence() || !upper.IsSequence()) return upper;
    Node list(YAML::NodeType::Sequence);
    for (const Node& layer : {lower, upper}) {
      for (const Node& item : layer) list.push_back(item);
      left_ -= static_cast<int>(layer.size());
    }
    return list;
  }

  const std::string file_;
  const PlanOptions& options_;
  std::vector<FieldViolation> violations_;
  int left_ = kMostNodes;
};

}  // namespace

absl::Status MergeLayers(Node root, const std::string& file, const PlanOptions& options) {
  if (!root.IsMap()) {
    return options.environment.empty()
               ? absl::OkStatus()
               : MakeInvalid(Reason::kPlanInvalid,
                             {{file + ":1:1", "the plan has no environments"}});
  }
  std::vector<FieldViolation> violations = ReplaceVariables(root, file, options);
  Layers layers(file, options);
  if (violations.empty()) {
    layers.Merge(root);
    violations = layers.TakeViolations();
  }
  if (violations.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(violations));
}

}  // namespace wheelhouse::cli

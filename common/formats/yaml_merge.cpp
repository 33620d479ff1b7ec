#include "common/formats/yaml_merge.h"

#include <set>
#include <vector>

namespace wheelhouse {
namespace {

using Pay = std::function<bool(const YAML::Node&)>;

// Each takes a part of the stack.
constexpr int kMaxDepth = 50;

bool IsMergeKey(const YAML::Node& key) {
  return key.IsScalar() && key.Scalar() == "<<" && key.Tag() != "!";
}

std::optional<MergeProblem> Resolve(YAML::Node map, const Pay& pay, int depth) {
  std::vector<YAML::Node> sources;
  std::set<std::string> known;
  for (const auto& entry : map) {
    if (!IsMergeKey(entry.first)) {
      if (entry.first.IsScalar()) known.insert(entry.first.Scalar());
      continue;
    }
    const bool list = entry.second.IsSequence();
    if (!list) sources.push_back(entry.second);
    for (size_t i = 0; list && i < entry.second.size(); ++i) sources.push_back(entry.second[i]);
    for (const YAML::Node& source : sources) {
      if (!source.IsMap())
        return MergeProblem{entry.first, "<< takes a mapping, or a list of mappings"};
    }
    if (depth == kMaxDepth)
      return MergeProblem{entry.first, "<< leads through more than 50 mappings"};
  }
  if (sources.empty()) return std::nullopt;
  // Before it is followed: an anchor may lead back to itself.
  map.remove("<<");
  for (const YAML::Node& source : sources) {
    if (auto problem = Resolve(source, pay, depth + 1)) return problem;
    for (const auto& entry : source) {
      if (!pay(entry.first)) return std::nullopt;
      if (entry.first.IsScalar() && known.insert(entry.first.Scalar()).second)
        map.force_insert(entry.first, entry.second);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<MergeProblem> ResolveMerges(YAML::Node map, const Pay& pay) {
  return Resolve(map, pay, 0);
}

}  // namespace wheelhouse

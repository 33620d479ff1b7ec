#include "server/helm/dependencies.h"

#include <absl/strings/match.h>
#include <absl/strings/string_view.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/formats/yaml_document.h"

namespace wheelhouse::helm {
namespace {

// A mapping; an empty one where there is no such file, or something else in it.
YAML::Node Read(const ChartTree& tree, const std::string& path) {
  const auto found = tree.files.find(path);
  if (found == tree.files.end()) return YAML::Node(YAML::NodeType::Map);
  return MappingIn(found->second.content);
}

std::vector<ChartDependency> ListIn(const YAML::Node& node) {
  std::vector<ChartDependency> listed;
  const YAML::Node list = node["dependencies"];
  if (!list.IsDefined() || !list.IsSequence()) return listed;
  for (const YAML::Node& one : list) {
    if (!one.IsMap() || ScalarIn(one, "name").empty()) continue;
    listed.push_back(
        {ScalarIn(one, "name"), ScalarIn(one, "version"), ScalarIn(one, "repository"), "", false});
  }
  return listed;
}

// The names of the charts below charts/.
std::set<std::string> Vendored(const ChartTree& tree) {
  std::set<std::string> names;
  for (const auto& [path, archive] : tree.archives)
    names.insert(ScalarIn(Read(archive, "Chart.yaml"), "name"));
  for (const auto& [path, file] : tree.files) {
    const bool directly = std::ranges::count(path, '/') == 2;
    if (directly && absl::StartsWith(path, "charts/") && absl::EndsWith(path, "/Chart.yaml"))
      names.insert(ScalarIn(Read(tree, path), "name"));
  }
  return names;
}

}  // namespace

std::vector<ChartDependency> MissingDependencies(const ChartTree& tree) {
  std::vector<ChartDependency> wanted = ListIn(Read(tree, "Chart.yaml"));
  std::string lock_file = "Chart.lock";
  if (wanted.empty()) {
    wanted = ListIn(Read(tree, "requirements.yaml"));
    lock_file = "requirements.lock";
  }
  const std::vector<ChartDependency> locked = ListIn(Read(tree, lock_file));
  for (size_t i = 0; i < wanted.size(); ++i) {
    ChartDependency& one = wanted[i];
    one.has_lock = tree.files.contains(lock_file);
    // helm writes them in the order of Chart.yaml, which may name one chart twice.
    const auto same = i < locked.size() && locked[i].name == one.name
                          ? locked.begin() + static_cast<ptrdiff_t>(i)
                          : std::ranges::find(locked, one.name, &ChartDependency::name);
    if (same != locked.end() && same->repository == one.repository) one.locked = same->version;
  }
  if (wanted.empty()) return wanted;
  const std::set<std::string> vendored = Vendored(tree);
  std::erase_if(wanted, [&](const ChartDependency& one) { return vendored.contains(one.name); });
  return wanted;
}

}  // namespace wheelhouse::helm

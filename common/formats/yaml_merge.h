// YAML's merge keys: `<<: *defaults`, or a list of such mappings.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>

namespace wheelhouse {

struct MergeProblem {
  YAML::Node at;
  std::string what;
};

// Puts into `map` the entries that its `<<` brings, in place of `<<`: the map's own entries win,
// then those of the first of several mappings, as in YAML 1.1. The entries' nodes are shared, and
// keep their marks. `pay` is called for each entry that is taken over, and ends it by false: then
// the caller knows why. A quoted "<<" is a key like any other.
std::optional<MergeProblem> ResolveMerges(YAML::Node map,
                                          const std::function<bool(const YAML::Node&)>& pay);

}  // namespace wheelhouse

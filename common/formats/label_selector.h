// Label selectors in kubectl's syntax, matched here instead of by the API server. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace wheelhouse {

class LabelSelector {
 public:
  // `app=web,tier in (a,b),color!=red,size notin (s),owner,!canary`. An empty one matches
  // everything. nullopt for any other syntax.
  static std::optional<LabelSelector> Parse(const std::string& text);

  // By metadata.labels of an object of Kubernetes.
  bool Matches(const nlohmann::json& object) const;

 private:
  struct Requirement {
    std::string key;
    bool wanted = true;            // or unwanted: `!=`, `notin`, `!`
    std::set<std::string> values;  // one of them; empty: any
  };

  static std::optional<Requirement> ParseOne(const std::string& text);

  std::vector<Requirement> requirements_;
};

}  // namespace wheelhouse

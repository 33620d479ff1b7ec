// Label selectors in kubectl's syntax, matched here instead of by the API server. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/kube/json.h"

namespace wheelhouse::kube {

class LabelSelector {
 public:
  // `app=web,tier in (a,b),owner`: requirements of equality, of a set, or of existence. nullopt for
  // any other syntax (`!=`, `notin`, `!key`). An empty one matches everything.
  static std::optional<LabelSelector> Parse(const std::string& text);

  bool Matches(const Json& object) const;

 private:
  struct Requirement {
    std::string key;
    std::set<std::string> values;  // one of them; empty: any
  };
  std::vector<Requirement> requirements_;
};

}  // namespace wheelhouse::kube

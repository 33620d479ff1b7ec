// Where two objects of the Kubernetes API differ.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "server/kube/json.h"

namespace wheelhouse::kube {

// A field that one side has otherwise, or that only one side has.
struct Difference {
  // `.spec.template.spec.containers[name=web].image`
  std::string path;
  // The same, apart: names of fields as they are, and `[name=web]`, `[0]` for entries of lists.
  std::vector<std::string> steps;
  Json before, after;  // discarded (Json::is_discarded): the side does not have the field
};

// At most `most` differences, in the order of the paths. Entries of a list are matched by the key
// by which the API merges them (`name`, `containerPort`, `mountPath` ...) where every entry has one
// of its own, otherwise by their index; a list without such a key that is longer on one side is one
// difference. An object or list that only one side has is one difference too. Pure.
std::vector<Difference> FindDifferences(const Json& before, const Json& after, size_t most);

// The object without what only the server writes: status, managedFields, uid and the like, and
// without the marks that helm adds to what a chart renders.
Json WithoutServerFields(Json object);

}  // namespace wheelhouse::kube

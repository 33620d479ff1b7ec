// metadata.managedFields: which manager owns which field (server-side apply). Pure functions.
#pragma once

#include <string>
#include <vector>

#include "server/kube/json.h"

namespace wheelhouse::kube {

// The fields that `manager` has applied to `object`; an empty object when there are none.
Json AppliedFields(const Json& object, const std::string& manager);

// `owned` without the fields that are in `taken` (both in the format FieldsV1). Null when nothing
// is left.
Json WithoutFields(const Json& owned, const Json& taken);

// The manager that has last set the field of `object` to which `steps` lead (Difference::steps);
// empty when none of those that metadata.managedFields lists owns it.
std::string LastManagerOf(const Json& object, const std::vector<std::string>& steps);

}  // namespace wheelhouse::kube

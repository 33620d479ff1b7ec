// metadata.managedFields: which manager owns which field (server-side apply). Pure functions.
#pragma once

#include <string>

#include "server/kube/json.h"

namespace wheelhouse::kube {

// The fields that `manager` has applied to `object`; an empty object when there are none.
Json AppliedFields(const Json& object, const std::string& manager);

// `owned` without the fields that are in `taken` (both in the format FieldsV1). Null when nothing
// is left.
Json WithoutFields(const Json& owned, const Json& taken);

}  // namespace wheelhouse::kube

// Files of --patch.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::cli {

// The patches of a YAML text, one a document: an object with kind and metadata.name is a strategic
// merge patch of the objects so called, as for kustomize; a mapping with `target` has the fields of
// a Patch. `file` is for messages. Errors: PLAN_INVALID with a violation `FILE:LINE:COLUMN` for
// each.
absl::StatusOr<std::vector<v1::Patch>> ParsePatches(const std::string& text,
                                                    const std::string& file);

}  // namespace wheelhouse::cli

// Texts with CustomResourceDefinitions: from crd_files, from crds/ folders and from the step kind
// `crds`.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/formats/manifest.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::plan {

using Crds = std::vector<ManifestObject>;

inline constexpr char kCrd[] = "CustomResourceDefinition";

// The CRDs in `text`. Errors: those of ReadManifests, and APPLY_REJECTED when `text` contains
// anything else.
absl::StatusOr<Crds> ReadCrds(const std::string& text, const std::string& where);

// What is wrong with such a text, as a field of a plan; `path` names it.
void CheckCrdFile(const std::string& text, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan

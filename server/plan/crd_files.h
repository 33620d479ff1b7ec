// Texts that hold CustomResourceDefinitions: of crd_files, of crds/ folders and of the step `crds`.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/formats/manifest.h"
#include "server/plan/field_checks.h"

namespace wheelhouse::plan {

using Crds = std::vector<ManifestObject>;

inline constexpr char kCrd[] = "CustomResourceDefinition";

// The CRDs in `text`. ReadManifests' errors, and APPLY_REJECTED where it holds anything else.
absl::StatusOr<Crds> ReadCrds(const std::string& text, const std::string& where);

// What is wrong with such a text, as a field of a plan; `path` names it.
void CheckCrdFile(const std::string& text, const std::string& path, Wrong* wrong);

}  // namespace wheelhouse::plan

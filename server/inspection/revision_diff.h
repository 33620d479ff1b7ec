// Where two revisions of a release differ, by their records alone.
#pragma once

#include <absl/status/statusor.h>

#include "server/helm/releases.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

// Masked; that a secret differs is shown. Response.from and .to are left to whoever asks. Error: a
// manifest that cannot be read.
absl::StatusOr<v1::DiffRevisionsResponse> DifferenceOf(const helm::Release& before,
                                                       const helm::Release& after);

}  // namespace wheelhouse::inspection

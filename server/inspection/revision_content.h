// What one revision of a release holds.
#pragma once

#include <absl/status/statusor.h>

#include <set>

#include "server/helm/releases.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

// Masked. `parts`: empty means all. Response.revision is left to whoever asks. Error: a manifest
// that cannot be read.
absl::StatusOr<v1::GetRevisionResponse> ContentOf(const helm::Release& release,
                                                  const std::set<int>& parts);

}  // namespace wheelhouse::inspection

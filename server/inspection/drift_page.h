// The drift of many releases, a page at a time.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/clock.h"
#include "common/context.h"
#include "server/inspection/release_drift.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

// Checks those of `releases`, which are sorted, that come after the position `after`, some at the
// same time: at most `size`, and none that has not begun 10 s after the first. A page has one
// release at least, where one is left. Errors: DriftOf's.
absl::StatusOr<v1::CheckDriftResponse> DriftPage(const Context& context, kube::KubeClient& client,
                                                 const std::vector<ReleaseKey>& releases,
                                                 const ReleaseKey& after, size_t size,
                                                 const Clock& clock);

}  // namespace wheelhouse::inspection

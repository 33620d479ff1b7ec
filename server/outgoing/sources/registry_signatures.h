// What a registry has to show who made a manifest: the signatures of cosign's, which it keeps
// beside it.
#pragma once

#include <absl/status/status.h>

#include "server/outgoing/sources/registry_client.h"
#include "server/signatures/evidence.h"

namespace wheelhouse::outgoing {

// Adds the signatures of `evidence->manifest_digest`: those under the tag that older cosigns make
// of it, and the bundles of newer ones, which refer to it (the OCI referrers API, or the tag that
// stands for it). Each is bounded, and so is their number: CHART_TOO_LARGE; the errors of
// RegistryClient.
absl::Status FetchCosign(RegistryClient* registry, signatures::Evidence* evidence);

}  // namespace wheelhouse::outgoing

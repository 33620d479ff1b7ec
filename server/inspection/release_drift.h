// Where the cluster differs from what a release holds.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

using ReleaseKey = std::pair<std::string, std::string>;  // namespace, name

// Compares one release, and says when that was. What cannot be looked at makes the state UNKNOWN,
// with why. Errors: CLUSTER_UNREACHABLE, CREDENTIALS_INVALID, what ended the Context. Thread-safe.
absl::StatusOr<v1::ReleaseDrift> DriftOf(const Context& context, kube::KubeClient& client,
                                         const ReleaseKey& release, absl::Time now);

// The releases that are installed in a namespace (empty: in all), in order. One list of metadata.
absl::StatusOr<std::vector<ReleaseKey>> InstalledReleases(const Context& context,
                                                          kube::KubeClient& client,
                                                          const std::string& ns);

// What a check has come to, in short.
v1::DriftCheck SummaryOf(const v1::ReleaseDrift& drift);

}  // namespace wheelhouse::inspection

// What the methods of ReleaseService have in common: how a release is named, found and told of.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/helm/releases.h"
#include "server/kube/cluster.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::api {

// Ends a read of a cluster after 30 s, with CLUSTER_UNREACHABLE.
Context BoundedRead();

// PLAN_INVALID: both become part of a selector and of a path.
absl::Status CheckReleaseName(const std::string& ns, const std::string& name);

// The records of a release, newest first. OBJECT_NOT_FOUND when there is none.
absl::StatusOr<std::vector<helm::ReleaseRecord>> RecordsOf(const Context& context,
                                                           kube::Cluster* cluster,
                                                           const std::string& ns,
                                                           const std::string& name);

// Of a record's metadata.
v1::Revision RevisionOf(const helm::ReleaseRecord& record);
// With what only its payload has.
v1::Revision RevisionOf(const helm::Release& release);

}  // namespace wheelhouse::api

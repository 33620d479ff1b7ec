// The objects of a release as they are in the cluster.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "common/context.h"
#include "server/helm/releases.h"
#include "server/inspection/offspring.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

// What the manifest of a revision has in the cluster.
struct LiveObject {
  std::string name;         // `Deployment demo/web`
  std::string api_version;  // of the manifest
  kube::Json object;        // null: it does not exist, or `unknown`
  std::string unknown;      // why it is not known; empty: it is
};

// Hooks left out, in the manifest's order. An object whose kind the cluster does not serve, or that
// may not be read, is unknown. Errors: a manifest that cannot be read, and KubeClient's.
absl::StatusOr<std::vector<LiveObject>> LookUp(const Context& context, kube::KubeClient& client,
                                               const helm::Release& release);

// The namespaces that they are in.
std::set<std::string> NamespacesOf(const std::vector<LiveObject>& objects);

// Those objects with all that is below them; at most 5,000. Response.revision is left to whoever
// asks. Errors: as LookUp.
absl::StatusOr<v1::GetReleaseTreeResponse> TreeOf(const Context& context, kube::KubeClient& client,
                                                  const helm::Release& release);

}  // namespace wheelhouse::inspection

// Custom resources, the objects of the kinds that CustomResourceDefinitions define.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/kube/kube_client.h"

namespace wheelhouse::lifecycle {

// The types that a CRD serves, that of its storage version first.
std::vector<kube::ResourceType> ServedTypes(const kube::Json& crd);

// The custom resources of a CRD, in all namespaces; metadata only. CRD_IN_USE when they cannot be
// counted because the CRD serves no version.
absl::StatusOr<std::vector<kube::Json>> CustomResources(const Context& context,
                                                        kube::KubeClient& client,
                                                        const kube::Json& crd);

// `3 custom resources: demo/a, demo/b, demo/c`, the first 20 of them.
std::string Listed(const std::vector<kube::Json>& resources);

}  // namespace wheelhouse::lifecycle

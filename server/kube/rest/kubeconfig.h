// A kubeconfig file, read as client-go reads it, for one context.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "server/kube/http/connection.h"

namespace wheelhouse::kube {

// CONFIG_INVALID names the file, the field and what to do. An empty `context` means
// current-context. Paths in the file are relative to it; KEY-data overrides KEY. What client-go
// supports and this does not (auth-provider, plugins that must ask a person) is refused, never
// ignored.
absl::StatusOr<Connection> ReadKubeconfig(const std::string& path, const std::string& context);

// The service account of the pod that we run in, mounted in `folder`. CONFIG_INVALID outside a pod.
absl::StatusOr<Connection> InClusterConnection(const std::string& folder);

// When the PEM certificate expires; never, if there is none. CREDENTIALS_INVALID if it cannot be
// read. Takes longer than many a request does. `whose` is for messages.
absl::StatusOr<absl::Time> ExpiryOf(const std::string& pem, const std::string& whose);

// OK, or CREDENTIALS_INVALID when that time has come.
absl::Status CheckExpiry(absl::Time expiry, const std::string& whose);

}  // namespace wheelhouse::kube

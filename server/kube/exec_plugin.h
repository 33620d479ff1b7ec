// Credential plugins of kubeconfigs (client.authentication.k8s.io): programs that print an
// ExecCredential.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "common/process/process.h"
#include "server/kube/kubeconfig.h"

namespace wheelhouse::kube {

struct ExecCredential {
  std::string token, certificate, key;
  absl::Time expiry = absl::InfiniteFuture();
};

// Runs the argv of `connection.exec` with KUBERNETES_EXEC_INFO, the daemon's PATH and HOME, and the
// variables that the kubeconfig sets. Errors: CREDENTIALS_INVALID, which never repeats what the
// plugin printed; what ended the Context. `cluster` is the name in messages.
absl::StatusOr<ExecCredential> RunExecPlugin(const Context& context, ProcessRunner& runner,
                                             const Connection& connection,
                                             const std::string& cluster);

}  // namespace wheelhouse::kube

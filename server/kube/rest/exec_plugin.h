// Credential plugins of kubeconfigs (client.authentication.k8s.io): programs that print an
// ExecCredential.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <string>

#include "common/process/process.h"
#include "server/kube/http/connection.h"

namespace wheelhouse::kube {

struct ExecCredential {
  std::string token, certificate, key;
  absl::Time expiry = absl::InfiniteFuture();
};

// Runs the argv of `connection.exec` with KUBERNETES_EXEC_INFO, the daemon's PATH, HOME and what
// `connection.exec.inherit` names, and the variables that the kubeconfig sets. Errors:
// CREDENTIALS_INVALID, with the end of the plugin's stderr (at most 1 KiB, without the values of
// secret variables and what looks like a secret), never with its stdout; what ended the Context.
// `cluster` is the name in messages.
absl::StatusOr<ExecCredential> RunExecPlugin(const Context& context, ProcessRunner& runner,
                                             const Connection& connection,
                                             const std::string& cluster);

}  // namespace wheelhouse::kube

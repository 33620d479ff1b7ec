// A kubeconfig file, read as client-go reads it, for one context.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "server/kube/cluster.h"

namespace wheelhouse::kube {

// A credential plugin: a program that prints an ExecCredential.
struct ExecPlugin {
  std::string api_version;
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;
  bool provide_cluster_info = false;
};

// Where the API server is, and who we are to it. PEM texts, wherever the kubeconfig had them.
struct Connection {
  std::string server;
  std::string ca;
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;
  std::string client_certificate;
  std::string client_key;
  std::string token;
  std::string token_file;  // read again for every request's batch: service account tokens rotate
  std::string username;
  std::string password;
  ExecPlugin exec;
};

// CONFIG_INVALID names the file and the field. An empty `context` takes current-context.
absl::StatusOr<Connection> ReadKubeconfig(const std::string& path, const std::string& context);

// The service account that Kubernetes mounts into pods.
absl::StatusOr<Connection> InClusterConnection();

// OK, or CREDENTIALS_INVALID when the PEM certificate cannot be read or has expired.
absl::Status CheckCertificate(const std::string& pem, const std::string& whose);

}  // namespace wheelhouse::kube

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

// Whom the requests act as; nobody when `user` is empty.
struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

// Where the API server is, and who we are to it. PEM texts, wherever the kubeconfig had them.
struct Connection {
  std::string server;           // without user name and password: such a URL is refused
  std::string tls_server_name;  // what the server's certificate must name; empty: the URL's host
  std::string ca;
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;  // may hold a password
  std::string client_certificate;
  std::string client_key;
  std::string token;
  std::string token_file;  // goes before token; read for each request: such tokens rotate
  std::string username;
  std::string password;
  ExecPlugin exec;
  Impersonation impersonate;
  // Every file that the above was read from (not token_file): when one changes, it is out of date.
  std::vector<std::string> files;
};

// CONFIG_INVALID names the file, the field and what to do. An empty `context` takes
// current-context. Paths in the file are relative to it; KEY-data goes before KEY. What client-go
// reads and this does not is refused, never ignored: auth-provider, plugins that must ask a person.
absl::StatusOr<Connection> ReadKubeconfig(const std::string& path, const std::string& context);

// The service account, mounted in `folder`, of the pod that we run in. CONFIG_INVALID outside of a
// pod.
absl::StatusOr<Connection> InClusterConnection(const std::string& folder);

// OK, or CREDENTIALS_INVALID when the PEM certificate cannot be read or has expired.
absl::Status CheckCertificate(const std::string& pem, const std::string& whose);

}  // namespace wheelhouse::kube

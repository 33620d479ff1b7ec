// What a request to an API server needs beside itself.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace wheelhouse::kube {

// A credential plugin: a program that prints an ExecCredential.
struct ExecPlugin {
  std::string api_version;
  std::vector<std::string> argv;
  std::map<std::string, std::string> env;
  std::vector<std::string> inherit;  // the daemon's variables that it gets; not of the kubeconfig
  bool provide_cluster_info = false;
};

// Who requests impersonate; nobody when `user` is empty.
struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

// The API server's address, and our credentials. Certificates and keys are PEM texts, whether the
// kubeconfig embeds them or names files.
struct Connection {
  std::string server;           // a URL with user name or password is refused
  std::string tls_server_name;  // the name in the server's certificate; empty: the URL's host
  std::string ca;
  bool insecure_skip_tls_verify = false;
  std::string proxy_url;  // may hold a password
  std::string client_certificate;
  std::string client_key;
  std::string token;
  std::string token_file;  // overrides token; read for each request, as tokens rotate
  std::string username;
  std::string password;
  ExecPlugin exec;
  Impersonation impersonate;
  // Every file that the above was read from, except token_file: when one changes, read it all
  // again.
  std::vector<std::string> files;
};

}  // namespace wheelhouse::kube

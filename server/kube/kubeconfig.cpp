#include "server/kube/kubeconfig.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

constexpr char kServiceAccount[] = "/var/run/secrets/kubernetes.io/serviceaccount";

absl::Status Invalid(const std::string& path, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("kubeconfig ", path, ": ", what),
                     {{"file", path}});
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in)
    return MakeFailure(Reason::kConfigInvalid, absl::StrCat("cannot read ", path),
                       {{"file", path}});
  return text.str();
}

std::string Text(const YAML::Node& node, const std::string& key) {
  return node.IsMap() && node[key] && node[key].IsScalar() ? node[key].Scalar() : std::string();
}

// The entry of `list` (clusters, users, contexts) with this name: its `inner` mapping.
absl::StatusOr<YAML::Node> Named(const std::string& path, const YAML::Node& root,
                                 const std::string& list, const std::string& inner,
                                 const std::string& name) {
  if (root[list] && root[list].IsSequence()) {
    for (const YAML::Node& entry : root[list]) {
      if (Text(entry, "name") == name)
        return entry[inner] ? entry[inner] : YAML::Node(YAML::NodeType::Map);
    }
  }
  return Invalid(path, absl::StrCat(list, " has no entry named \"", name, "\""));
}

// KEY-data (base64) or KEY (a path, relative to the kubeconfig).
absl::Status ReadPem(const std::string& path, const YAML::Node& node, const std::string& key,
                     std::string* pem) {
  if (const std::string data = Text(node, key + "-data"); !data.empty()) {
    if (!absl::Base64Unescape(data, pem))
      return Invalid(path, absl::StrCat(key, "-data is not base64"));
    return absl::OkStatus();
  }
  if (const std::string file = Text(node, key); !file.empty()) {
    const auto full = std::filesystem::path(path).parent_path() / file;
    auto read = ReadFile(full.string());
    if (!read.ok())
      return Invalid(path, absl::StrCat(key, ": ", FailureOf(read.status()).message()));
    *pem = *std::move(read);
  }
  return absl::OkStatus();
}

absl::Status ReadExec(const std::string& path, const YAML::Node& node, ExecPlugin* exec) {
  const std::string command = Text(node, "command");
  if (command.empty()) return Invalid(path, "exec has no command");
  // A path with a slash is relative to the kubeconfig, as client-go has it; a bare name is looked
  // up in PATH.
  exec->argv.push_back(command.find('/') == std::string::npos
                           ? command
                           : (std::filesystem::path(path).parent_path() / command).string());
  if (node["args"]) {
    for (const YAML::Node& arg : node["args"]) exec->argv.push_back(arg.Scalar());
  }
  if (node["env"] && node["env"].IsSequence()) {
    for (const YAML::Node& entry : node["env"])
      exec->env[Text(entry, "name")] = Text(entry, "value");
  }
  exec->api_version = Text(node, "apiVersion");
  exec->provide_cluster_info = Text(node, "provideClusterInfo") == "true";
  return absl::OkStatus();
}

absl::StatusOr<Connection> FromYaml(const std::string& path, const YAML::Node& root,
                                    std::string context) {
  if (!root.IsMap()) return Invalid(path, "it is not a YAML mapping");
  if (context.empty()) context = Text(root, "current-context");
  if (context.empty()) return Invalid(path, "it has no current-context, and no context was named");
  ASSIGN_OR_RETURN(const YAML::Node named, Named(path, root, "contexts", "context", context));
  ASSIGN_OR_RETURN(const YAML::Node cluster,
                   Named(path, root, "clusters", "cluster", Text(named, "cluster")));

  Connection connection;
  connection.server = Text(cluster, "server");
  if (connection.server.empty())
    return Invalid(path, absl::StrCat("cluster of context ", context, " has no server"));
  while (connection.server.back() == '/') connection.server.pop_back();
  RETURN_IF_ERROR(ReadPem(path, cluster, "certificate-authority", &connection.ca));
  // Refused rather than ignored: another name would be checked than the one that was asked for.
  if (cluster["tls-server-name"]) return Invalid(path, "tls-server-name is not supported yet");
  connection.insecure_skip_tls_verify = Text(cluster, "insecure-skip-tls-verify") == "true";
  connection.proxy_url = Text(cluster, "proxy-url");
  if (Text(named, "user").empty()) return connection;

  ASSIGN_OR_RETURN(const YAML::Node user, Named(path, root, "users", "user", Text(named, "user")));
  RETURN_IF_ERROR(ReadPem(path, user, "client-certificate", &connection.client_certificate));
  RETURN_IF_ERROR(ReadPem(path, user, "client-key", &connection.client_key));
  connection.token = Text(user, "token");
  if (const std::string file = Text(user, "tokenFile"); !file.empty()) {
    connection.token_file = (std::filesystem::path(path).parent_path() / file).string();
  }
  connection.username = Text(user, "username");
  connection.password = Text(user, "password");
  if (user["exec"]) RETURN_IF_ERROR(ReadExec(path, user["exec"], &connection.exec));
  return connection;
}

}  // namespace

absl::StatusOr<Connection> ReadKubeconfig(const std::string& path, const std::string& context) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  try {
    return FromYaml(path, YAML::Load(text), context);
  } catch (const YAML::Exception& error) {
    return Invalid(path, absl::StrCat("line ", error.mark.line + 1, ": ", error.msg));
  }
}

absl::StatusOr<Connection> InClusterConnection() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr) {
    return MakeFailure(Reason::kConfigInvalid,
                       "the cluster has no kubeconfig, and the daemon does not run in a pod "
                       "(KUBERNETES_SERVICE_HOST is not set)");
  }
  Connection connection;
  const bool v6 = std::string(host).find(':') != std::string::npos;
  connection.server = absl::StrCat("https://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port);
  connection.token_file = absl::StrCat(kServiceAccount, "/token");
  ASSIGN_OR_RETURN(connection.ca, ReadFile(absl::StrCat(kServiceAccount, "/ca.crt")));
  return connection;
}

absl::Status CheckCertificate(const std::string& pem, const std::string& whose) {
  if (pem.empty()) return absl::OkStatus();
  std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                          BIO_free);
  std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (!certificate) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat("the client certificate of ", whose, " is not PEM"));
  }
  const ASN1_TIME* end = X509_get0_notAfter(certificate.get());
  if (X509_cmp_current_time(end) > 0) return absl::OkStatus();
  std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), BIO_free);
  ASN1_TIME_print(text.get(), end);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return MakeFailure(Reason::kCredentialsInvalid,
                     absl::StrCat("the client certificate of ", whose, " expired on ",
                                  std::string(data, static_cast<size_t>(size))));
}

}  // namespace wheelhouse::kube

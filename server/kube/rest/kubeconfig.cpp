#include "server/kube/rest/kubeconfig.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>
#include <absl/time/clock.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

absl::Status Invalid(const std::string& path, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("kubeconfig ", path, ": ", what),
                     {{"file", path}});
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) {
    const int why = errno != 0 ? errno : EIO;
    return absl::UnavailableError(absl::StrCat("cannot read ", path, ": ", std::strerror(why)));
  }
  return text.str();
}

std::string Text(const YAML::Node& node, const std::string& key) {
  return node.IsMap() && node[key] && node[key].IsScalar() ? node[key].Scalar() : std::string();
}

// A node of the file and its name for messages: `users[admin].user`.
struct Entry {
  std::string name;
  YAML::Node node;
  std::string operator[](const std::string& key) const { return Text(node, key); }
  bool has(const std::string& key) const { return node.IsMap() && node[key]; }
};

class Reader {
 public:
  Reader(const std::string& path, const YAML::Node& root) : path_(path), root_(root) {}

  absl::StatusOr<Connection> Read(std::string context) {
    connection_.files.push_back(path_);
    if (!root_.IsMap()) return Invalid(path_, "it is not a YAML mapping");
    if (context.empty()) context = Text(root_, "current-context");
    if (context.empty()) {
      return Invalid(path_,
                     "current-context is not set: set it, or the cluster's `context` in "
                     "wheelhoused.yaml");
    }
    ASSIGN_OR_RETURN(const Entry named, Find("contexts", "context", context));
    ASSIGN_OR_RETURN(const Entry cluster, Find("clusters", "cluster", named["cluster"]));
    RETURN_IF_ERROR(ReadCluster(cluster));
    if (named["user"].empty()) return std::move(connection_);
    ASSIGN_OR_RETURN(const Entry user, Find("users", "user", named["user"]));
    RETURN_IF_ERROR(ReadUser(user));
    return std::move(connection_);
  }

 private:
  absl::Status Wrong(const Entry& entry, const std::string& field, const std::string& what) const {
    return Invalid(path_, absl::StrCat(entry.name, ".", field, ": ", what));
  }

  std::string Beside(const std::string& file) const {
    return (std::filesystem::path(path_).parent_path() / file).string();
  }

  // The entry of `list` (clusters, users, contexts) with this name: its `inner` mapping.
  absl::StatusOr<Entry> Find(const std::string& list, const std::string& inner,
                             const std::string& name) const {
    std::vector<std::string> known;
    if (root_[list] && root_[list].IsSequence()) {
      for (const YAML::Node& entry : root_[list]) {
        known.push_back(Text(entry, "name"));
        if (known.back() != name) continue;
        return Entry{absl::StrCat(list, "[", name, "].", inner),
                     entry[inner] ? entry[inner] : YAML::Node(YAML::NodeType::Map)};
      }
    }
    return Invalid(path_, absl::StrCat(list, " has no entry named \"", name, "\"; it has ",
                                       known.empty() ? "none" : absl::StrJoin(known, ", ")));
  }

  // Reads KEY-data (base64) or else the file KEY.
  absl::Status ReadPem(const Entry& entry, const std::string& key, std::string* pem) {
    if (const std::string data = entry[key + "-data"]; !data.empty()) {
      if (!absl::Base64Unescape(data, pem)) return Wrong(entry, key + "-data", "it is not base64");
    } else if (const std::string file = entry[key]; !file.empty()) {
      connection_.files.push_back(Beside(file));
      auto read = ReadFile(connection_.files.back());
      if (!read.ok()) return Wrong(entry, key, std::string(read.status().message()));
      *pem = *std::move(read);
    } else {
      return absl::OkStatus();
    }
    return absl::StrContains(*pem, "-----BEGIN ") ? absl::OkStatus()
                                                  : Wrong(entry, key, "it is not PEM");
  }

  absl::Status ReadCluster(const Entry& cluster) {
    connection_.server = std::string(absl::StripSuffix(cluster["server"], "/"));
    RETURN_IF_ERROR(CheckUrl(cluster, "server", connection_.server, {"https", "http"}));
    if (absl::StrContains(connection_.server, '@'))
      return Wrong(cluster, "server",
                   "must not contain a user name or password: put them into users[].user");
    connection_.tls_server_name = cluster["tls-server-name"];
    connection_.insecure_skip_tls_verify = cluster["insecure-skip-tls-verify"] == "true";
    RETURN_IF_ERROR(ReadPem(cluster, "certificate-authority", &connection_.ca));
    if (connection_.insecure_skip_tls_verify && !connection_.ca.empty())
      return Wrong(cluster, "insecure-skip-tls-verify",
                   "excludes certificate-authority: remove one of them");
    if (cluster.has("extensions") && cluster.node["extensions"].IsSequence()) {
      for (const YAML::Node& extension : cluster.node["extensions"])
        exec_extension_ |= Text(extension, "name") == "client.authentication.k8s.io/exec";
    }
    connection_.proxy_url = cluster["proxy-url"];
    if (connection_.proxy_url.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(
        CheckUrl(cluster, "proxy-url", connection_.proxy_url, {"http", "https", "socks5"}));
    // As in client-go, the proxy resolves the server's name; curl has its own scheme for that.
    if (absl::StartsWith(connection_.proxy_url, "socks5:")) connection_.proxy_url.insert(6, "h");
    return absl::OkStatus();
  }

  // The messages do not repeat the URL: it may hold a password.
  absl::Status CheckUrl(const Entry& entry, const std::string& field, const std::string& url,
                        const std::vector<std::string>& schemes) const {
    const size_t colon = url.find("://");
    const std::string scheme = url.substr(0, colon == std::string::npos ? 0 : colon);
    if (std::find(schemes.begin(), schemes.end(), scheme) != schemes.end() &&
        url.size() > colon + 3)
      return absl::OkStatus();
    return Wrong(
        entry, field,
        absl::StrCat("expected a URL that begins with ", absl::StrJoin(schemes, ":// or "), "://"));
  }

  absl::Status ReadUser(const Entry& user) {
    if (user.has("auth-provider"))
      return Wrong(user, "auth-provider",
                   "it is not supported; use exec, a token or a certificate");
    RETURN_IF_ERROR(ReadPem(user, "client-certificate", &connection_.client_certificate));
    RETURN_IF_ERROR(ReadPem(user, "client-key", &connection_.client_key));
    if (connection_.client_certificate.empty() != connection_.client_key.empty())
      return Wrong(user, "client-certificate",
                   "client-certificate and client-key must be set together");
    connection_.token = user["token"];
    if (const std::string file = user["tokenFile"]; !file.empty())
      connection_.token_file = Beside(file);
    connection_.username = user["username"];
    connection_.password = user["password"];
    if (!connection_.username.empty() &&
        (!connection_.token.empty() || !connection_.token_file.empty()))
      return Wrong(user, "username", "there is a token too, and only one of the two can be sent");
    if (user.has("exec"))
      RETURN_IF_ERROR(ReadExec({user.name + ".exec", user.node["exec"]}, &connection_.exec));
    return ReadImpersonation(user, &connection_.impersonate);
  }

  absl::Status ReadExec(const Entry& exec, ExecPlugin* plugin) const {
    const std::string command = exec["command"];
    if (command.empty()) return Wrong(exec, "command", "it is missing");
    plugin->api_version = exec["apiVersion"];
    if (plugin->api_version != "client.authentication.k8s.io/v1" &&
        plugin->api_version != "client.authentication.k8s.io/v1beta1")
      return Wrong(exec, "apiVersion", "expected client.authentication.k8s.io/v1 or v1beta1");
    // Optional in v1beta1.
    const std::string mode = exec["interactiveMode"];
    const bool left_out = mode.empty() && absl::EndsWith(plugin->api_version, "beta1");
    if (mode != "Never" && mode != "IfAvailable" && !left_out) {
      return Wrong(exec, "interactiveMode",
                   "expected Never or IfAvailable: a daemon has nobody to ask");
    }
    // As in client-go, a path with a slash is relative to the kubeconfig, and a bare name is looked
    // up in PATH.
    plugin->argv.push_back(absl::StrContains(command, '/') ? Beside(command) : command);
    if (exec.has("args") && exec.node["args"].IsSequence()) {
      for (const YAML::Node& arg : exec.node["args"]) plugin->argv.push_back(arg.Scalar());
    }
    if (exec.has("env") && exec.node["env"].IsSequence()) {
      for (const YAML::Node& entry : exec.node["env"])
        plugin->env[Text(entry, "name")] = Text(entry, "value");
    }
    plugin->provide_cluster_info = exec["provideClusterInfo"] == "true";
    if (plugin->provide_cluster_info && exec_extension_)
      return Wrong(exec, "provideClusterInfo", "the cluster's exec extension is not supported");
    return absl::OkStatus();
  }

  static std::vector<std::string> Texts(const YAML::Node& list) {
    std::vector<std::string> texts;
    for (const YAML::Node& item : list) texts.push_back(item.Scalar());
    return texts;
  }

  absl::Status ReadImpersonation(const Entry& user, Impersonation* as) const {
    as->user = user["as"];
    as->uid = user["as-uid"];
    if (user.has("as-groups")) as->groups = Texts(user.node["as-groups"]);
    if (user.has("as-user-extra")) {
      for (const auto& extra : user.node["as-user-extra"])
        as->extra[extra.first.Scalar()] = Texts(extra.second);
    }
    const bool more = !as->uid.empty() || !as->groups.empty() || !as->extra.empty();
    return as->user.empty() && more
               ? Wrong(user, "as", "must be set for as-uid, as-groups and as-user-extra")
               : absl::OkStatus();
  }

  const std::string path_;
  const YAML::Node root_;
  Connection connection_;
  bool exec_extension_ = false;  // the cluster has data for exec plugins
};

}  // namespace

absl::StatusOr<Connection> ReadKubeconfig(const std::string& path, const std::string& context) {
  const auto text = ReadFile(path);
  if (!text.ok()) {
    return Invalid(path, absl::StrCat(text.status().message(),
                                      "; correct the cluster's `kubeconfig` in wheelhoused.yaml"));
  }
  try {
    return Reader(path, LoadFirstYaml(*text)).Read(context);
  } catch (const YAML::Exception& error) {
    return Invalid(path, absl::StrCat("line ", error.mark.line + 1, ": ", error.msg));
  }
}

absl::StatusOr<Connection> InClusterConnection(const std::string& folder) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr) {
    return MakeFailure(
        Reason::kConfigInvalid,
        "the cluster has no kubeconfig, and the daemon does not run in a pod "
        "(KUBERNETES_SERVICE_HOST is not set): set `kubeconfig` in wheelhoused.yaml");
  }
  Connection connection;
  const bool v6 = std::string(host).find(':') != std::string::npos;
  connection.server = absl::StrCat("https://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port);
  connection.token_file = absl::StrCat(folder, "/token");
  connection.files = {absl::StrCat(folder, "/ca.crt")};
  auto ca = ReadFile(connection.files[0]);
  if (!ca.ok()) {
    return MakeFailure(
        Reason::kConfigInvalid,
        absl::StrCat("the pod's service account: ", std::string(ca.status().message()),
                     "; is automountServiceAccountToken off?"));
  }
  connection.ca = *std::move(ca);
  return connection;
}

absl::StatusOr<absl::Time> ExpiryOf(const std::string& pem, const std::string& whose) {
  if (pem.empty()) return absl::InfiniteFuture();
  std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                          BIO_free);
  std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat("the client certificate of ", whose, " is not PEM"));
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

absl::Status CheckExpiry(absl::Time expiry, const std::string& whose) {
  if (absl::Now() < expiry) return absl::OkStatus();
  return MakeFailure(
      Reason::kCredentialsInvalid,
      absl::StrCat("the client certificate of ", whose, " expired on ",
                   absl::FormatTime("%b %e %H:%M:%S %Y GMT", expiry, absl::UTCTimeZone())));
}

}  // namespace wheelhouse::kube

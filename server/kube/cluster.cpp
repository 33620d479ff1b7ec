#include "server/kube/cluster.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "server/kube/rest_client.h"

namespace wheelhouse::kube {
namespace {

// Credentials that an exec plugin printed.
struct ExecCredential {
  std::string token, certificate, key;
  absl::Time expiry = absl::InfiniteFuture();
};

class ConfiguredCluster final : public Cluster {
 public:
  ConfiguredCluster(ClusterConfig config, ProcessRunner& runner, std::string state_directory)
      : config_(std::move(config)),
        runner_(runner),
        state_directory_(std::move(state_directory)),
        client_([this](const Context& context) { return CurrentConnection(context); }) {}

  const ClusterConfig& config() const override { return config_; }
  KubeClient& client() override { return client_; }
  absl::StatusOr<HelmAccess> AccessForHelm(const Context& context) override;
  absl::StatusOr<Connection> Read() const {
    return config_.kubeconfig.empty() ? InClusterConnection()
                                      : ReadKubeconfig(config_.kubeconfig, config_.context);
  }

 private:
  absl::StatusOr<Connection> CurrentConnection(const Context& context);
  absl::StatusOr<ExecCredential> RunExec(const Context& context, const Connection& connection);
  absl::StatusOr<ExecCredential> CachedExec(const Context& context, const Connection& connection);

  const ClusterConfig config_;
  ProcessRunner& runner_;
  const std::string state_directory_;
  RestClient client_;
  Mutex mutex_;
  std::optional<ExecCredential> exec_ ABSL_GUARDED_BY(mutex_);
  std::optional<Connection> read_ ABSL_GUARDED_BY(mutex_);
  std::filesystem::file_time_type read_time_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<ExecCredential> ConfiguredCluster::RunExec(const Context& context,
                                                          const Connection& connection) {
  const ExecPlugin& plugin = connection.exec;
  nlohmann::json info = {{"apiVersion", plugin.api_version},
                         {"kind", "ExecCredential"},
                         {"spec", {{"interactive", false}}}};
  if (plugin.provide_cluster_info) info["spec"]["cluster"] = {{"server", connection.server}};
  ProcessSpec spec;
  spec.argv = plugin.argv;
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = std::getenv(name)) spec.env[name] = value;
  }
  for (const auto& [name, value] : plugin.env) spec.env[name] = value;
  spec.env["KUBERNETES_EXEC_INFO"] = info.dump();
  const std::string whose =
      absl::StrCat("the credential plugin ", plugin.argv[0], " of cluster ", config_.name);
  auto result = runner_.Run(context, spec);
  if (!result.ok()) {
    RETURN_IF_ERROR(context.Check());
    return MakeFailure(
        Reason::kCredentialsInvalid,
        absl::StrCat(whose, " cannot be run: ", std::string(result.status().message())));
  }
  if (result->exit_code != 0) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat(whose, " exited with ", result->exit_code));
  }
  const auto printed = nlohmann::json::parse(result->out, nullptr, false);
  if (!printed.is_object() || !printed.contains("status") || !printed["status"].is_object()) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat(whose, " printed no ExecCredential"));
  }
  const auto& status = printed["status"];
  ExecCredential credential{status.value("token", ""), status.value("clientCertificateData", ""),
                            status.value("clientKeyData", "")};
  absl::ParseTime(absl::RFC3339_full, status.value("expirationTimestamp", ""), &credential.expiry,
                  nullptr);
  return credential;
}

absl::StatusOr<ExecCredential> ConfiguredCluster::CachedExec(const Context& context,
                                                             const Connection& connection) {
  {
    MutexLock lock(&mutex_);
    if (exec_.has_value() && absl::Now() + absl::Seconds(30) < exec_->expiry) return *exec_;
  }
  ASSIGN_OR_RETURN(ExecCredential credential, RunExec(context, connection));
  MutexLock lock(&mutex_);
  exec_ = credential;
  return credential;
}

absl::StatusOr<Connection> ConfiguredCluster::CurrentConnection(const Context& context) {
  std::optional<Connection> connection;
  std::error_code error;
  const auto changed = std::filesystem::last_write_time(config_.kubeconfig, error);
  {
    MutexLock lock(&mutex_);
    if (read_.has_value() && read_time_ == changed) connection = read_;
  }
  if (!connection.has_value()) {
    ASSIGN_OR_RETURN(connection, Read());
    MutexLock lock(&mutex_);
    read_ = connection;
    read_time_ = changed;
  }
  if (!connection->token_file.empty()) {
    std::ifstream in(connection->token_file);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) {
      return MakeFailure(Reason::kCredentialsInvalid,
                         absl::StrCat("cannot read the token file ", connection->token_file));
    }
    connection->token = std::string(absl::StripAsciiWhitespace(text.str()));
  }
  if (!connection->exec.argv.empty()) {
    ASSIGN_OR_RETURN(const ExecCredential credential, CachedExec(context, *connection));
    if (!credential.token.empty()) connection->token = credential.token;
    if (!credential.certificate.empty()) {
      connection->client_certificate = credential.certificate;
      connection->client_key = credential.key;
    }
  }
  RETURN_IF_ERROR(
      CheckCertificate(connection->client_certificate, absl::StrCat("cluster ", config_.name)));
  return *std::move(connection);
}

absl::StatusOr<HelmAccess> ConfiguredCluster::AccessForHelm(const Context& context) {
  if (!config_.kubeconfig.empty()) return HelmAccess{config_.kubeconfig, config_.context, ""};
  // helm needs a file: the service account as a kubeconfig without its token, which goes by
  // HELM_KUBETOKEN.
  ASSIGN_OR_RETURN(const Connection connection, CurrentConnection(context));
  const std::string path = absl::StrCat(state_directory_, "/in-cluster.kubeconfig");
  const nlohmann::json config = {
      {"apiVersion", "v1"},
      {"kind", "Config"},
      {"current-context", "in-cluster"},
      {"clusters",
       {{{"name", "in-cluster"},
         {"cluster",
          {{"server", connection.server},
           {"certificate-authority", "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"}}}}}},
      {"users", {{{"name", "in-cluster"}, {"user", nlohmann::json::object()}}}},
      {"contexts",
       {{{"name", "in-cluster"},
         {"context", {{"cluster", "in-cluster"}, {"user", "in-cluster"}}}}}}};
  std::ofstream(path) << config.dump() << "\n";
  return HelmAccess{path, "in-cluster", connection.token};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Cluster>> OpenCluster(const ClusterConfig& config,
                                                     ProcessRunner& runner,
                                                     const std::string& state_directory) {
  auto cluster = std::make_unique<ConfiguredCluster>(config, runner, state_directory);
  RETURN_IF_ERROR(cluster->Read().status());
  return cluster;
}

}  // namespace wheelhouse::kube

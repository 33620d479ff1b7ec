#include "server/kube/rest/open_clusters.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/kube/proxy/api_proxy.h"
#include "server/kube/rest/credentials.h"
#include "server/kube/rest/kubeconfig.h"
#include "server/kube/rest/rest_client.h"
#include "server/kube/rest/rest_watcher.h"

namespace wheelhouse::kube {
namespace {

// Contexts of kubeconfigs that are written for helm.
constexpr char kInCluster[] = "in-cluster";
constexpr char kSlowLink[] = "slow-link";

// Writes all of it or nothing, readable only for the daemon's user.
absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::string part = path + ".XXXXXX";
  const int file = mkstemp(part.data());
  bool written = file >= 0;
  if (written) {
    written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    written = close(file) == 0 && written;
  }
  if (written && std::rename(part.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return MakeFailure(Reason::kStoreUnavailable,
                     absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

// A kubeconfig with one context, `name`, whose token helm gets in HELM_KUBETOKEN.
std::string KubeconfigOf(const std::string& name, const Json& cluster) {
  const auto named = [&](const char* inner, const Json& value) {
    return Json::array({Json{{"name", name}, {inner, value}}});
  };
  const Json config = {{"apiVersion", "v1"},
                       {"kind", "Config"},
                       {"current-context", name},
                       {"clusters", named("cluster", cluster)},
                       {"users", named("user", Json::object())},
                       {"contexts", named("context", {{"cluster", name}, {"user", name}})}};
  return config.dump() + "\n";
}

absl::StatusOr<Connection> Read(const ClusterConfig& config) {
  if (config.kubeconfig.empty()) return InClusterConnection(config.service_account);
  ASSIGN_OR_RETURN(Connection connection, ReadKubeconfig(config.kubeconfig, config.context));
  connection.exec.inherit = config.plugin_env;
  return connection;
}

class ConfiguredCluster final : public Cluster {
 public:
  ConfiguredCluster(ClusterConfig config, ProcessRunner& runner, std::string state_directory,
                    int most_watches)
      : config_(std::move(config)),
        state_directory_(std::move(state_directory)),
        credentials_([this] { return Read(config_); }, config_.name, runner),
        client_(credentials_),
        watches_(watcher_, most_watches) {}

  const ClusterConfig& config() const override { return config_; }
  KubeClient& client() override { return client_; }
  WatchCache& watches() override { return watches_; }

  absl::StatusOr<HelmAccess> AccessForHelm(const Context& context, HelmUse) override {
    if (config_.slow_link) return AccessThroughProxy(context);
    if (!config_.kubeconfig.empty()) return HelmAccess{config_.kubeconfig, config_.context, ""};
    ASSIGN_OR_RETURN(const Connection connection, credentials_.Current(context));
    const Json cluster = {{"server", connection.server},
                          {"certificate-authority", connection.files[0]}};
    ASSIGN_OR_RETURN(const std::string path, Written(kInCluster, kInCluster, cluster));
    return HelmAccess{path, kInCluster, connection.token};
  }

 private:
  absl::StatusOr<HelmAccess> AccessThroughProxy(const Context& context) {
    ASSIGN_OR_RETURN(const ApiProxy::Address address, proxy_.Listen());
    const Json cluster = {{"server", address.url},
                          {"certificate-authority-data", absl::Base64Escape(address.ca)}};
    const std::string file = absl::StrCat(kSlowLink, "-", Sha256Hex(config_.name).substr(0, 16));
    ASSIGN_OR_RETURN(const std::string path, Written(file, kSlowLink, cluster));
    std::shared_ptr<const ApiProxy::Session> session = proxy_.Open(context);
    return HelmAccess{path, kSlowLink, session->token(), session};
  }

  // The path of a kubeconfig for helm, which needs a file; always the same one.
  absl::StatusOr<std::string> Written(const std::string& file, const char* context,
                                      const Json& cluster) {
    std::string path = absl::StrCat(state_directory_, "/", file, ".kubeconfig");
    MutexLock lock(&mutex_);
    if (!kubeconfig_written_) {
      mkdir(state_directory_.c_str(), 0700);
      RETURN_IF_ERROR(WriteFile(path, KubeconfigOf(context, cluster)));
      kubeconfig_written_ = true;
    }
    return path;
  }

  const ClusterConfig config_;
  const std::string state_directory_;
  Credentials credentials_;
  RestClient client_;
  RestWatcher watcher_{client_, credentials_};
  WatchCache watches_;
  ApiProxy proxy_{[this](const Context& context, const HttpRequest& request) {
    return client_.Forward(context, request);
  }};
  Mutex mutex_;
  bool kubeconfig_written_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Cluster>> OpenCluster(const ClusterConfig& config,
                                                     ProcessRunner& runner,
                                                     const std::string& state_directory,
                                                     int most_watches) {
  RETURN_IF_ERROR(Read(config).status());
  return std::make_unique<ConfiguredCluster>(config, runner, state_directory, most_watches);
}

absl::StatusOr<Clusters> OpenClusters(const std::vector<ClusterConfig>& configs,
                                      ProcessRunner& runner, const std::string& state_directory,
                                      int most_watches) {
  std::vector<std::unique_ptr<Cluster>> clusters;
  for (const ClusterConfig& config : configs) {
    ASSIGN_OR_RETURN(auto cluster, OpenCluster(config, runner, state_directory, most_watches));
    clusters.push_back(std::move(cluster));
  }
  return Clusters(std::move(clusters));
}

}  // namespace wheelhouse::kube

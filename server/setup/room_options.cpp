#include "server/setup/room_options.h"

namespace wheelhouse::setup {

store::ArchiveLimits ArchiveLimitsOf(const config::v1::Config& config) {
  return {.quota_bytes = static_cast<uint64_t>(config.limits().quota_bytes())};
}

helm::ChartLimits ChartLimitsOf(const config::v1::Config& config) {
  return helm::LimitsFor(config.limits().upload_bytes());
}

std::vector<std::string> PluginEnvOf(const config::v1::Config& config) {
  const auto& names = config.exec_plugins().inherit_env();
  return {names.begin(), names.end()};
}

std::vector<kube::ClusterConfig> ClustersOf(const config::v1::Config& config) {
  std::vector<kube::ClusterConfig> clusters;
  for (const config::v1::Cluster& cluster : config.clusters()) {
    clusters.push_back({.name = cluster.name(),
                        .kubeconfig = cluster.kubeconfig(),
                        .context = cluster.context(),
                        .is_default = cluster.default_(),
                        .slow_link = cluster.slow_link(),
                        .plugin_env = PluginEnvOf(config)});
  }
  return clusters;
}

ChildLimits ChildLimitsOf(const config::v1::Config& config) {
  const config::v1::Children& children = config.children();
  return {.memory_bytes = static_cast<size_t>(children.memory_bytes()),
          .file_bytes = static_cast<size_t>(children.file_bytes()),
          .cpus = children.cpus(),
          .cpu_seconds = static_cast<int>(children.cpu_time().seconds())};
}

std::map<std::string, lifecycle::OperatorCommand> CommandsOf(const config::v1::Config& config) {
  std::map<std::string, lifecycle::OperatorCommand> commands;
  for (const config::v1::Command& command : config.commands()) {
    commands[command.name()] = {{command.argv().begin(), command.argv().end()},
                                {command.env().begin(), command.env().end()}};
  }
  return commands;
}

std::vector<api::ListenOptions> ListenersOf(const config::v1::Config& config) {
  std::vector<api::ListenOptions> listeners;
  for (const config::v1::Listen& listen : config.listen()) {
    listeners.push_back({listen.unix(), config::SocketMode(listen), listen.group(), listen.caller(),
                         listen.tcp(), listen.tls().cert(), listen.tls().key(),
                         listen.tls().client_ca()});
  }
  return listeners;
}

api::StreamLimits StreamLimitsOf(const config::v1::Config& config) {
  return {.streams_per_caller = config.limits().streams_per_caller(),
          .uploads_per_caller = config.limits().uploads_per_caller(),
          .hook_sessions_per_caller = config.limits().hook_sessions_per_caller()};
}

api::ConnectionLimits ConnectionLimitsOf(const config::v1::Config& config) {
  return {.connections = config.limits().connections(),
          .per_caller = config.limits().connections_per_caller()};
}

api::UploadSpace::Limits UploadSpaceOf(const config::v1::Config& config) {
  return {.bytes = config.limits().uploading_bytes(),
          .bytes_per_caller = config.limits().quota_bytes()};
}

std::vector<inspection::DriftWatch::Cluster> WatchedClusters(const kube::Clusters& clusters) {
  std::vector<inspection::DriftWatch::Cluster> watched;
  for (const auto& cluster : clusters.all())
    watched.push_back({cluster->config().name, cluster->client()});
  return watched;
}

}  // namespace wheelhouse::setup

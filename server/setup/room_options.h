// The configuration as each room takes it: its own structures, with the values of wheelhoused.yaml.
// Pure functions of a configuration that was checked and filled in (config::LoadConfig).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/process/child_limits.h"
#include "server/api/api_server.h"
#include "server/config/config.h"
#include "server/helm/charts.h"
#include "server/inspection/drift_watch.h"
#include "server/kube/clusters.h"
#include "server/lifecycle/core/services.h"
#include "server/store/archives.h"

namespace wheelhouse::setup {

store::ArchiveLimits ArchiveLimitsOf(const config::v1::Config& config);
helm::ChartLimits ChartLimitsOf(const config::v1::Config& config);
std::vector<std::string> PluginEnvOf(const config::v1::Config& config);
std::vector<kube::ClusterConfig> ClustersOf(const config::v1::Config& config);
ChildLimits ChildLimitsOf(const config::v1::Config& config);
std::map<std::string, lifecycle::OperatorCommand> CommandsOf(const config::v1::Config& config);
std::vector<api::ListenOptions> ListenersOf(const config::v1::Config& config);
api::StreamLimits StreamLimitsOf(const config::v1::Config& config);
api::ConnectionLimits ConnectionLimitsOf(const config::v1::Config& config);
api::UploadSpace::Limits UploadSpaceOf(const config::v1::Config& config);
// Lends the clusters.
std::vector<inspection::DriftWatch::Cluster> WatchedClusters(const kube::Clusters& clusters);

}  // namespace wheelhouse::setup

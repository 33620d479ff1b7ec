// wheelhoused: wiring only. Each function makes one part of the configuration; Serve puts them
// together, in the order in which they need each other.
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/failure.h"
#include "common/process/supervisor.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/api_server.h"
#include "server/config/config.h"
#include "server/config/yaml_files.h"
#include "server/helm/charts.h"
#include "server/helm/helm_cli.h"
#include "server/helm/post_render.h"
#include "server/kube/clusters.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "server/logging/logging.h"
#include "server/outgoing/egress.h"
#include "server/plan/prepare.h"
#include "server/plan/profiles.h"
#include "server/runs/claims/daemon_claims.h"
#include "server/runs/engine/engine.h"
#include "server/runs/log/daemon_log.h"
#include "server/store/archives.h"
#include "server/store/sealed/sealed_store.h"
#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse {
namespace {

constexpr absl::Duration kRunsGrace = absl::Seconds(25);
constexpr absl::Duration kCallsGrace = absl::Seconds(5);
constexpr absl::Duration kClaimsGrace = absl::Seconds(3);  // of each cluster

// Empties a folder of the daemon's own, whose contents are useless after a restart.
absl::StatusOr<std::string> FreshFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (!error) std::filesystem::create_directories(path, error);
  if (error) return MakeFailure(Reason::kStoreUnavailable, path + ": " + error.message());
  return path;
}

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& state_directory) {
  ASSIGN_OR_RETURN(auto sqlite, store::SqliteStore::Open(state_directory));
  return store::SealedStore::Open(state_directory + "/key", std::move(sqlite));
}

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
                        .plugin_env = PluginEnvOf(config)});
  }
  return clusters;
}

absl::StatusOr<runs::DaemonClaims> StartClaims(const config::v1::Config& config,
                                               const kube::Clusters& clusters, const Clock& clock,
                                               const BootClock& boot_clock) {
  if (config.claims().off()) return runs::DaemonClaims();
  runs::LeaseBackedClaimsOptions options;
  options.lease_namespace = config.claims().lease_namespace();
  options.lease_duration = ToDuration(config.claims().lease_duration());
  return runs::DaemonClaims::Start(config.state_directory(), options, clusters, clock, boot_clock);
}

// The store's archives, as helm/ asks for them.
class StoredCharts final : public helm::ChartArchives {
 public:
  StoredCharts(store::Archives& archives, helm::ChartReader& reader)
      : archives_(archives), reader_(reader) {}
  absl::StatusOr<helm::Chart> ReadUploaded(const std::string& digest, const Principal& owner,
                                           const std::string& packed,
                                           std::shared_ptr<void>* pin) override {
    ASSIGN_OR_RETURN(const std::string path, archives_.Pin(digest, owner, pin));
    return reader_.ReadKept(path, digest, packed);
  }
  absl::StatusOr<helm::Chart> ReadPulled(const std::string& archive,
                                         const std::string& packed) override {
    return reader_.Read(archive, packed);
  }

 private:
  store::Archives& archives_;
  helm::ChartReader& reader_;
};

ChildLimits ChildLimitsOf(const config::v1::Config& config) {
  const config::v1::Children& children = config.children();
  return {.memory_bytes = static_cast<size_t>(children.memory_bytes()),
          .file_bytes = static_cast<size_t>(children.file_bytes()),
          .cpus = children.cpus()};
}

std::map<std::string, lifecycle::OperatorCommand> CommandsOf(const config::v1::Config& config) {
  std::map<std::string, lifecycle::OperatorCommand> commands;
  for (const config::v1::Command& command : config.commands()) {
    commands[command.name()] = {{command.argv().begin(), command.argv().end()},
                                {command.env().begin(), command.env().end()}};
  }
  return commands;
}

absl::StatusOr<lifecycle::Services> ServicesOf(const config::v1::Config& config,
                                               const plan::Profiles& profiles,
                                               helm::HelmClient& helm, helm::ChartArchives& charts,
                                               ProcessRunner& runner, const Clock& clock) {
  const std::string& state = config.state_directory();
  ASSIGN_OR_RETURN(const std::string temp, FreshFolder(state + "/tmp"));
  ASSIGN_OR_RETURN(auto egress, outgoing::Egress::Parse({config.egress().allow().begin(),
                                                         config.egress().allow().end()}));
  return lifecycle::Services{helm,
                             charts,
                             runner,
                             clock,
                             CommandsOf(config),
                             std::move(egress),
                             temp,
                             ToDuration(config.limits().foreign_lock_age()),
                             config.kustomize().path(),
                             profiles};
}

// The name and version of an uploaded chart, by which profiles are chosen.
absl::StatusOr<plan::ChartIdentity> Identify(helm::ChartArchives& archives,
                                             const std::string& digest, const Principal& owner) {
  std::shared_ptr<void> pin;
  ASSIGN_OR_RETURN(const helm::Chart chart, archives.ReadUploaded(digest, owner, "", &pin));
  return plan::ChartIdentity{chart.name, chart.version};
}

runs::PreparePlan PrepareWith(const plan::Profiles& profiles, helm::ChartArchives& archives) {
  return [&](v1::Plan plan, const Principal& owner) {
    return plan::Prepare(std::move(plan), profiles, [&](const std::string& digest) {
      return Identify(archives, digest, owner);
    });
  };
}

runs::EngineOptions EngineOptionsOf(const config::v1::Config& config, runs::ClaimsByCluster claims,
                                    runs::PreparePlan prepare, runs::RunObserver& observer) {
  runs::EngineOptions options;
  options.max_parallel_charts = config.limits().parallel_charts();
  options.max_queued = config.limits().queued_runs();
  options.log_bytes = config.limits().log_bytes();
  options.retention = {ToDuration(config.retention().max_age()), config.retention().max_runs(),
                       config.retention().max_bytes()};
  options.observer = &observer;
  options.claims = std::move(claims);
  options.prepare = std::move(prepare);
  return options;
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

absl::StatusOr<api::UploadOptions> UploadsOf(const config::v1::Config& config,
                                             helm::ChartReader& reader) {
  ASSIGN_OR_RETURN(const std::string folder, FreshFolder(config.state_directory() + "/uploads"));
  return api::UploadOptions{folder, config.limits().upload_bytes(),
                            ArchiveLimitsOf(config).keep_for, [&reader](const std::string& path) {
                              auto chart = reader.Read(path);
                              malloc_trim(0);  // an archive may unpack to a hundred MB
                              return chart;
                            }};
}

// Until SIGTERM or SIGINT, which every thread has blocked.
void WaitForTheEnd(const sigset_t& signals) {
  spdlog::info("ready");
  sd_notify(0, "READY=1");
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("{}: shutting down", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  sd_notify(0, "STOPPING=1");
}

absl::Status Serve(const config::v1::Config& config, const plan::Profiles& profiles,
                   ProcessRunner& runner, const sigset_t& signals) {
  const SystemClock clock;
  const SystemBootClock boot_clock;
  runs::DaemonLog daemon_log;
  const std::string& state = config.state_directory();
  // The store's lock on the state directory comes first: gRPC would take over a live socket.
  ASSIGN_OR_RETURN(const auto store, OpenStore(state));
  ASSIGN_OR_RETURN(const auto archives,
                   store::Archives::Open(state + "/archives", ArchiveLimitsOf(config), clock));
  helm::ChartReader reader(ChartLimitsOf(config));
  ASSIGN_OR_RETURN(const auto uploads, UploadsOf(config, reader));
  ASSIGN_OR_RETURN(const auto clusters,
                   kube::Clusters::Open(ClustersOf(config), runner, state + "/clusters"));
  ASSIGN_OR_RETURN(auto claims, StartClaims(config, clusters, clock, boot_clock));
  ASSIGN_OR_RETURN(const std::string program, helm::OwnProgram());
  RETURN_IF_ERROR(helm::InstallPostRenderer(state, program));
  helm::HelmCli helm({.path = config.helm().path(),
                      .state_directory = state,
                      .post_renderer = program,
                      .max_processes = config.helm().max_processes(),
                      .plugin_env = PluginEnvOf(config)},
                     runner);
  StoredCharts charts(*archives, reader);
  ASSIGN_OR_RETURN(auto services, ServicesOf(config, profiles, helm, charts, runner, clock));
  lifecycle::ChartLifecycle lifecycle(std::move(services));
  const runs::EngineOptions options =
      EngineOptionsOf(config, claims.ByCluster(), PrepareWith(profiles, charts), daemon_log);
  ASSIGN_OR_RETURN(const auto engine,
                   runs::Engine::Start(options, clusters, *store, *archives, lifecycle, clock));
  ASSIGN_OR_RETURN(const auto server,
                   api::ApiServer::Start(ListenersOf(config),
                                         {*engine, helm, *archives, clock, clusters, profiles},
                                         uploads, {config.helm().path(), clock.Now()}));
  WaitForTheEnd(signals);
  server->Drain();
  engine->Shutdown(kRunsGrace);
  claims.Close(kClaimsGrace);
  server->Shutdown(kCallsGrace);
  return absl::OkStatus();
}

bool IsReadable(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

std::string WrongWithEgress(const std::string& entry) {
  const auto wrong = ViolationsOf(outgoing::Egress::Parse({entry}).status());
  return wrong.empty() ? std::string() : wrong.front().description;
}

absl::StatusOr<plan::Profiles> LoadProfiles(const config::v1::Config& config) {
  ASSIGN_OR_RETURN(const auto files, config::ReadYamlFiles(config.profiles().directory()));
  return plan::Profiles::Load(files);
}

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  return HasReason(status, Reason::kConfigInvalid) ? kExitUsage : 1;
}

int Refuse(const absl::Status& status) {
  std::cerr << "wheelhoused: " << std::string(status.message()) << "\n";
  return ExitCodeOf(status);
}

int Main(int argc, char** argv, Supervisor& supervisor, const sigset_t& signals) {
  const config::Places places = config::DefaultPlaces();
  CLI::App app("Holds cluster credentials and takes Helm charts through a lifecycle.",
               "wheelhoused");
  std::string path = places.config_file;
  bool check = false;
  app.add_option("--config", path, "the configuration, wheelhoused.yaml")->capture_default_str();
  app.add_flag("--check-config", check, "check the configuration, report what is wrong, and exit");
  app.set_version_flag("--version", std::string("wheelhoused ") + WHEELHOUSE_VERSION);
  CLI11_PARSE(app, argc, argv);

  const auto config = config::LoadConfig(path, places, {IsReadable, WrongWithEgress});
  if (!config.ok()) return Refuse(config.status());
  const auto profiles = LoadProfiles(*config);
  if (!profiles.ok()) return Refuse(profiles.status());
  if (check) {
    std::cout << path << ": the configuration is valid\n";
    return 0;
  }
  StartLog(config->log());
  spdlog::info("wheelhoused {} starts with {}; its state is in {}", WHEELHOUSE_VERSION, path,
               config->state_directory());
  supervisor.Limit(ChildLimitsOf(*config));
  const absl::Status served = Serve(*config, *profiles, supervisor, signals);
  if (!served.ok()) spdlog::critical("{}", std::string(served.message()));
  spdlog::info("ended");
  return ExitCodeOf(served);
}

}  // namespace
}  // namespace wheelhouse

int main(int argc, char** argv) {
  umask(0077);
  if (argc == 2 && wheelhouse::helm::kPostRender == std::string_view(argv[1]))
    return wheelhouse::helm::PostRender();
  // Blocked before there is a thread, so that all inherit it and sigwait gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a write beyond the file size limit returns an error instead
  wheelhouse::KeepMemoryPrivate();
  const auto supervisor = wheelhouse::Supervisor::Start();
  if (!supervisor.ok()) {
    std::cerr << "wheelhoused: " << std::string(supervisor.status().message()) << "\n";
    return 1;
  }
  return wheelhouse::Main(argc, argv, **supervisor, signals);
}

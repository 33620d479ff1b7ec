// wheelhoused: wiring only. Each function makes one part of the configuration; Serve puts them
// together, in the order in which they need each other.
#include <absl/strings/str_join.h>
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
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/failure.h"
#include "common/process/child_cgroups.h"
#include "common/process/supervisor.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/api_server.h"
#include "server/charts/chart_finder.h"
#include "server/charts/signed.h"
#include "server/config/config.h"
#include "server/config/yaml_files.h"
#include "server/helm/charts.h"
#include "server/helm/helm_cli.h"
#include "server/helm/post_render.h"
#include "server/hooks/hooks.h"
#include "server/inspection/drift_log.h"
#include "server/inspection/drift_watch.h"
#include "server/kube/rest/open_clusters.h"
#include "server/lifecycle/objects/known_releases.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "server/logging/logging.h"
#include "server/memory/free_memory.h"
#include "server/metrics/exposition.h"
#include "server/metrics/run_counter.h"
#include "server/metrics/snapshot.h"
#include "server/outgoing/egress.h"
#include "server/outgoing/sources/chart_sources.h"
#include "server/outgoing/sources/login.h"
#include "server/plan/profiles.h"
#include "server/runs/claims/daemon_claims.h"
#include "server/runs/engine/engine.h"
#include "server/runs/log/age_clock.h"
#include "server/runs/log/daemon_log.h"
#include "server/runs/log/run_observers.h"
#include "server/setup/engine_options.h"
#include "server/setup/fit_connections.h"
#include "server/setup/room_options.h"
#include "server/setup/sources.h"
#include "server/setup/stored_charts.h"
#include "server/signatures/verifier.h"
#include "server/store/archives.h"
#include "server/store/sealed/sealed_store.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/watchdog/watchdog.h"

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

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const std::string& state_directory,
                                                        Watchdog& watchdog) {
  ASSIGN_OR_RETURN(auto sqlite, store::SqliteStore::Open(state_directory, &watchdog));
  return store::SealedStore::Open(state_directory + "/key", std::move(sqlite));
}

absl::StatusOr<runs::DaemonClaims> StartClaims(const config::v1::Config& config,
                                               const kube::Clusters& clusters, const Clock& clock,
                                               const BootClock& boot_clock, Watchdog& watchdog) {
  if (config.claims().off()) return runs::DaemonClaims();
  runs::LeaseBackedClaimsOptions options;
  options.lease_namespace = config.claims().lease_namespace();
  options.lease_duration = ToDuration(config.claims().lease_duration());
  options.watchdog = &watchdog;
  return runs::DaemonClaims::Start(config.state_directory(), options, clusters, clock, boot_clock);
}

absl::StatusOr<lifecycle::Services> ServicesOf(const config::v1::Config& config,
                                               const plan::Profiles& profiles,
                                               const outgoing::ChartSources& sources,
                                               const signatures::Verifier& verifier,
                                               const std::string& temp, helm::HelmClient& helm,
                                               helm::ChartArchives& charts, ProcessRunner& runner,
                                               const Clock& clock, lifecycle::HookCaller& hooks,
                                               lifecycle::KnownReleases& known) {
  ASSIGN_OR_RETURN(auto egress, outgoing::Egress::Parse({config.egress().allow().begin(),
                                                         config.egress().allow().end()}));
  return lifecycle::Services{
      helm,
      charts,
      runner,
      clock,
      setup::CommandsOf(config),
      std::move(egress),
      sources,
      verifier,
      temp,
      ToDuration(config.limits().foreign_lock_age()),
      config.kustomize().path(),
      profiles,
      {config.protected_namespaces().begin(), config.protected_namespaces().end()},
      &hooks,
      &known};
}

absl::StatusOr<api::UploadOptions> UploadsOf(const config::v1::Config& config,
                                             helm::ChartReader& reader,
                                             const charts::FetchParts& parts) {
  ASSIGN_OR_RETURN(const std::string folder, FreshFolder(config.state_directory() + "/uploads"));
  return api::UploadOptions{folder,
                            config.limits().upload_bytes(),
                            setup::ArchiveLimitsOf(config).keep_for,
                            [&reader](const std::string& path) { return reader.Read(path); },
                            setup::UploadSpaceOf(config),
                            [parts](const std::string& path, const std::string& provenance) {
                              return charts::VerifyUpload(Context::Background(), parts, path,
                                                          provenance);
                            }};
}

metrics::Snapshot SnapshotOf(runs::RunEngine& engine, const metrics::RunCounter& run_counter,
                             const helm::HelmCli& helm, const store::Store& store,
                             api::ApiServer& server, const runs::DaemonClaims& claims,
                             const Watchdog& watchdog, hooks::Hooks& hooks) {
  api::ApiCounts open = server.Counts();
  return {.runs = engine.Counts(),
          .run_totals = run_counter.Totals(),
          .helm = helm.Slots(),
          .writes = store.Writes(),
          .connections = std::move(open.connections),
          .streams = std::move(open.streams),
          .claims = claims.Counts(),
          .loops = watchdog.Ages(),
          .hooks = hooks.Counts(),
          .process = metrics::CountProcess()};
}

// nullptr where no metrics are wanted.
absl::StatusOr<std::unique_ptr<metrics::Exposition>> ExposeMetrics(
    const config::v1::Metrics& config, metrics::Exposition::Read read) {
  if (config.listen().empty()) return nullptr;
  return metrics::Exposition::Start(config.listen(), std::move(read));
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

// Tells the health service and systemd whether the daemon's loops go on. Where the unit has no
// WatchdogSec, systemd does not listen.
void Tell(api::ApiServer& server, const std::vector<std::string>& standing_still, bool* serving) {
  if (standing_still.empty()) sd_notify(0, "WATCHDOG=1");
  if (std::exchange(*serving, standing_still.empty()) == standing_still.empty()) return;
  server.SetServing(*serving);
  if (*serving) {
    spdlog::info("all loops go on again");
  } else {
    spdlog::critical("standing still: {}", absl::StrJoin(standing_still, ", "));
  }
}

absl::Status Serve(const config::v1::Config& config, const plan::Profiles& profiles,
                   ProcessRunner& runner, const sigset_t& signals) {
  const SystemClock clock;
  const SystemBootClock boot_clock;
  runs::DaemonLog daemon_log;
  metrics::RunCounter run_counter;
  runs::RunObservers observers({&daemon_log, &run_counter});
  Watchdog watchdog;
  const FreeMemory free_memory;
  const std::string& state = config.state_directory();
  // The store's lock on the state directory comes first: gRPC would take over a live socket.
  ASSIGN_OR_RETURN(const auto store, OpenStore(state, watchdog));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> reached, store->AgeTime());
  const runs::AgeClock age_clock(clock, boot_clock, reached);
  ASSIGN_OR_RETURN(
      const auto archives,
      store::Archives::Open(state + "/archives", setup::ArchiveLimitsOf(config), age_clock));
  helm::ChartReader reader(setup::ChartLimitsOf(config));
  ASSIGN_OR_RETURN(const auto clusters,
                   kube::OpenClusters(setup::ClustersOf(config), runner, state + "/clusters",
                                      setup::MostWatches(config.clusters_size())));
  ASSIGN_OR_RETURN(auto claims, StartClaims(config, clusters, clock, boot_clock, watchdog));
  ASSIGN_OR_RETURN(const std::string post_renderer, helm::FindPostRenderer());
  // helm keeps charts there that it has pulled, which daemons before this one let it do.
  RETURN_IF_ERROR(FreshFolder(state + "/helm/cache").status());
  RETURN_IF_ERROR(helm::InstallPostRenderer(state, post_renderer));
  helm::HelmCli helm({.path = config.helm().path(),
                      .state_directory = state,
                      .post_renderer = post_renderer,
                      .max_processes = config.helm().max_processes(),
                      .plugin_env = setup::PluginEnvOf(config)},
                     runner);
  setup::StoredCharts charts(*archives, reader);
  ASSIGN_OR_RETURN(const outgoing::ChartSources sources, setup::SourcesOf(config));
  ASSIGN_OR_RETURN(const std::string temp, FreshFolder(state + "/tmp"));
  const signatures::Verifier verifier({config.gpgv().path(), temp, runner});
  const charts::FetchParts fetching{sources, charts, temp, verifier};
  ASSIGN_OR_RETURN(const auto uploads, UploadsOf(config, reader, fetching));
  hooks::Hooks hooks(boot_clock);
  lifecycle::KnownReleases known;
  ASSIGN_OR_RETURN(auto services, ServicesOf(config, profiles, sources, verifier, temp, helm,
                                             charts, runner, clock, hooks, known));
  charts::ChartFinder finder(fetching);
  lifecycle::ChartLifecycle lifecycle(std::move(services));
  runs::EngineOptions options = setup::EngineOptionsOf(
      config, claims.ByCluster(), setup::PrepareWith(config.maxima(), sources, profiles, charts),
      sources, observers, watchdog);
  options.age_clock = &age_clock;
  options.boot_clock = &boot_clock;
  ASSIGN_OR_RETURN(const auto engine,
                   runs::Engine::Start(options, clusters, *store, *archives, lifecycle, clock));
  inspection::DriftLog drift_log;
  inspection::DriftWatch drift(setup::WatchedClusters(clusters),
                               {ToDuration(config.drift().every()), &drift_log}, clock);
  ASSIGN_OR_RETURN(const auto server,
                   api::ApiServer::Start(setup::ListenersOf(config),
                                         {*engine, engine->plans(), helm, *archives, finder, clock,
                                          clusters, profiles, hooks, drift},
                                         uploads, setup::StreamLimitsOf(config),
                                         setup::ConnectionLimitsOf(config),
                                         {config.helm().path(), clock.Now()}));
  ASSIGN_OR_RETURN(auto exposition, ExposeMetrics(config.metrics(), [&] {
                     return SnapshotOf(*engine, run_counter, helm, *store, *server, claims,
                                       watchdog, hooks);
                   }));
  bool serving = true;
  watchdog.Start([&server, &serving](const std::vector<std::string>& standing_still) {
    Tell(*server, standing_still, &serving);
  });
  WaitForTheEnd(signals);
  exposition.reset();
  watchdog.Stop();
  server->SetServing(false);
  drift.Stop();
  finder.Stop();
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

void LogHowChildrenAreBounded(const absl::StatusOr<ChildCgroups>& cgroups) {
  if (cgroups.ok()) {
    spdlog::info("each child has a control group of its own, which bounds {}",
                 absl::StrJoin(cgroups->controllers(), ", "));
  } else {
    spdlog::info("children are bounded by the limits of processes, not by control groups: {}",
                 std::string(cgroups.status().message()));
  }
}

int Main(int argc, char** argv, Supervisor& supervisor, const absl::StatusOr<ChildCgroups>& cgroups,
         const sigset_t& signals) {
  const config::DefaultPaths paths = config::FindDefaultPaths();
  CLI::App app("Holds cluster credentials and takes Helm charts through a lifecycle.",
               "wheelhoused");
  std::string path = paths.config_file;
  bool check = false;
  app.add_option("--config", path, "the configuration, wheelhoused.yaml")->capture_default_str();
  app.add_flag("--check-config", check, "check the configuration, report what is wrong, and exit");
  app.set_version_flag("--version", std::string("wheelhoused ") + WHEELHOUSE_VERSION);
  CLI11_PARSE(app, argc, argv);

  auto config = config::LoadConfig(
      path, paths,
      {IsReadable, WrongWithEgress, outgoing::WrongWithSecretFile, setup::WrongWithSource,
       signatures::WrongWithKeyring, signatures::WrongWithCosignKey});
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
  LogHowChildrenAreBounded(cgroups);
  setup::FitConnections(&*config);
  supervisor.Limit(setup::ChildLimitsOf(*config));
  const absl::Status served = Serve(*config, *profiles, supervisor, signals);
  if (!served.ok()) spdlog::critical("{}", std::string(served.message()));
  spdlog::info("ended");
  FlushLog();
  return ExitCodeOf(served);
}

}  // namespace
}  // namespace wheelhouse

int main(int argc, char** argv) {
  umask(0077);
  // Blocked before there is a thread, so that all inherit it and sigwait gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a write beyond the file size limit returns an error instead
  wheelhouse::KeepMemoryPrivate();
  const auto cgroups = wheelhouse::ChildCgroups::Take();
  const auto supervisor =
      wheelhouse::Supervisor::Start(cgroups.ok() ? std::optional(*cgroups) : std::nullopt);
  if (!supervisor.ok()) {
    std::cerr << "wheelhoused: " << std::string(supervisor.status().message()) << "\n";
    return 1;
  }
  return wheelhouse::Main(argc, argv, **supervisor, cgroups, signals);
}

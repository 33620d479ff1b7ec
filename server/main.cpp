// wheelhoused: wiring only. Each function makes one part of the configuration; Serve puts them
// together, in the order in which they need each other.
#include <absl/strings/str_join.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
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
#include "common/process/descriptors.h"
#include "common/process/supervisor.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/api_server.h"
#include "server/charts/chart_finder.h"
#include "server/config/config.h"
#include "server/config/yaml_files.h"
#include "server/helm/charts.h"
#include "server/helm/helm_cli.h"
#include "server/helm/known_charts.h"
#include "server/helm/post_render.h"
#include "server/hooks/hooks.h"
#include "server/kube/clusters.h"
#include "server/lifecycle/objects/known_releases.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "server/logging/logging.h"
#include "server/outgoing/egress.h"
#include "server/outgoing/sources/chart_sources.h"
#include "server/outgoing/sources/login.h"
#include "server/plan/prepare.h"
#include "server/plan/profiles.h"
#include "server/runs/claims/daemon_claims.h"
#include "server/runs/engine/engine.h"
#include "server/runs/log/age_clock.h"
#include "server/runs/log/daemon_log.h"
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
                                               const BootClock& boot_clock, Watchdog& watchdog) {
  if (config.claims().off()) return runs::DaemonClaims();
  runs::LeaseBackedClaimsOptions options;
  options.lease_namespace = config.claims().lease_namespace();
  options.lease_duration = ToDuration(config.claims().lease_duration());
  options.watchdog = &watchdog;
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
    if (packed.empty()) {
      if (auto known = known_.Find(digest); known.has_value()) return *std::move(known);
    }
    ASSIGN_OR_RETURN(helm::Chart chart, reader_.ReadKept(path, digest, packed));
    known_.Keep(chart);
    return chart;
  }
  absl::StatusOr<helm::Chart> ReadFetched(const std::string& archive,
                                          const std::string& packed) override {
    return reader_.Read(archive, packed);
  }
  absl::StatusOr<helm::Chart> Complete(const std::string& digest, const Principal& owner,
                                       const std::string& packed,
                                       std::vector<helm::Subchart>* add) override {
    std::shared_ptr<void> pin;
    ASSIGN_OR_RETURN(const std::string path, archives_.Pin(digest, owner, &pin));
    ASSIGN_OR_RETURN(helm::Chart chart, reader_.Complete(path, digest, packed, add));
    RETURN_IF_ERROR(archives_.Put(packed, chart.digest, owner));
    return chart;
  }
  size_t most_bytes() const override { return reader_.limits().archive_bytes; }

 private:
  store::Archives& archives_;
  helm::ChartReader& reader_;
  helm::KnownCharts known_;
};

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

// Its credential is found in `credentials`; there is none by the name before the configuration is
// checked.
outgoing::AllowedSource SourceOf(const config::v1::AllowedSource& source,
                                 const config::v1::Sources& sources) {
  outgoing::AllowedSource allowed{source.url(),
                                  {source.also().begin(), source.also().end()},
                                  {source.networks().begin(), source.networks().end()},
                                  source.ca(),
                                  source.plain_http(),
                                  {}};
  for (const config::v1::SourceCredential& one : sources.credentials()) {
    if (source.credential().empty() || one.name() != source.credential()) continue;
    allowed.credential = {one.name(),         one.username(),    one.password_file(),
                          one.token_file(),   one.client_cert(), one.client_key(),
                          one.docker_config()};
  }
  return allowed;
}

absl::StatusOr<outgoing::ChartSources> SourcesOf(const config::v1::Sources& config) {
  std::vector<outgoing::AllowedSource> allowed;
  for (const config::v1::AllowedSource& source : config.allow())
    allowed.push_back(SourceOf(source, config));
  return outgoing::ChartSources::Make(allowed);
}

absl::StatusOr<lifecycle::Services> ServicesOf(const config::v1::Config& config,
                                               const plan::Profiles& profiles,
                                               const outgoing::ChartSources& sources,
                                               helm::HelmClient& helm, helm::ChartArchives& charts,
                                               ProcessRunner& runner, const Clock& clock,
                                               lifecycle::HookCaller& hooks,
                                               lifecycle::KnownReleases& known) {
  const std::string& state = config.state_directory();
  ASSIGN_OR_RETURN(const std::string temp, FreshFolder(state + "/tmp"));
  ASSIGN_OR_RETURN(auto egress, outgoing::Egress::Parse({config.egress().allow().begin(),
                                                         config.egress().allow().end()}));
  return lifecycle::Services{
      helm,
      charts,
      runner,
      clock,
      CommandsOf(config),
      std::move(egress),
      sources,
      temp,
      ToDuration(config.limits().foreign_lock_age()),
      config.kustomize().path(),
      profiles,
      {config.protected_namespaces().begin(), config.protected_namespaces().end()},
      &hooks,
      &known};
}

// The name and version of an uploaded chart, by which profiles are chosen.
absl::StatusOr<plan::ChartIdentity> Identify(helm::ChartArchives& archives,
                                             const std::string& digest, const Principal& owner) {
  std::shared_ptr<void> pin;
  ASSIGN_OR_RETURN(const helm::Chart chart, archives.ReadUploaded(digest, owner, "", &pin));
  return plan::ChartIdentity{chart.name, chart.version};
}

plan::Maxima MaximaFor(const config::v1::Maxima& config, const Principal& caller) {
  plan::Maxima maxima;
  maxima.timeout = ToDuration(config.timeout());
  if (config.has_deadline()) maxima.deadline = ToDuration(config.deadline());
  maxima.priority = config.priority();
  maxima.stage_steps = config.stage_steps();
  maxima.charts = config.charts();
  maxima.exclusive = std::ranges::any_of(config.exclusive_callers(), [&](const std::string& name) {
    return name == "*" || name == caller.name;
  });
  return maxima;
}

plan::Allowed AllowedTo(const Principal& caller, const config::v1::Maxima& maxima,
                        const outgoing::ChartSources& sources) {
  return {MaximaFor(maxima, caller),
          [&sources](const v1::ChartSource& source) { return sources.Check(source); }};
}

runs::PreparePlan PrepareWith(const config::v1::Maxima& maxima,
                              const outgoing::ChartSources& sources, const plan::Profiles& profiles,
                              helm::ChartArchives& archives) {
  return [&](v1::Plan plan, const Principal& owner) {
    return plan::Prepare(
        std::move(plan), profiles, AllowedTo(owner, maxima, sources),
        [&](const std::string& digest) { return Identify(archives, digest, owner); });
  };
}

runs::EngineOptions EngineOptionsOf(const config::v1::Config& config, runs::ClaimsByCluster claims,
                                    runs::PreparePlan prepare,
                                    const outgoing::ChartSources& sources,
                                    runs::RunObserver& observer, Watchdog& watchdog) {
  runs::EngineOptions options;
  options.max_parallel_charts = config.limits().parallel_charts();
  options.queue = {config.limits().queued_runs(), config.limits().queued_runs_per_caller(),
                   config.maxima().parallel_runs()};
  options.log_bytes = config.limits().log_bytes();
  options.retention = {ToDuration(config.retention().max_age()), config.retention().max_runs(),
                       config.retention().max_bytes()};
  const config::v1::SavedPlans& plans = config.saved_plans();
  options.saved_plans = {ToDuration(plans.keep_for()),
                         plans.per_caller(),
                         plans.approval_required(),
                         {plans.approvers().begin(), plans.approvers().end()}};
  options.observer = &observer;
  options.watchdog = &watchdog;
  options.claims = std::move(claims);
  options.prepare = std::move(prepare);
  options.allow = [&maxima = config.maxima(), &sources](const v1::Plan& plan, const Principal& by) {
    return plan::CheckPrepared(plan, AllowedTo(by, maxima, sources));
  };
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
  return api::UploadOptions{folder,
                            config.limits().upload_bytes(),
                            ArchiveLimitsOf(config).keep_for,
                            [&reader](const std::string& path) {
                              auto chart = reader.Read(path);
                              malloc_trim(0);  // an archive may unpack to a hundred MB
                              return chart;
                            },
                            {config.limits().uploading_bytes(), config.limits().quota_bytes()}};
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
  Watchdog watchdog;
  const std::string& state = config.state_directory();
  // The store's lock on the state directory comes first: gRPC would take over a live socket.
  ASSIGN_OR_RETURN(const auto store, OpenStore(state, watchdog));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> reached, store->AgeTime());
  const runs::AgeClock age_clock(clock, boot_clock, reached);
  ASSIGN_OR_RETURN(const auto archives,
                   store::Archives::Open(state + "/archives", ArchiveLimitsOf(config), age_clock));
  helm::ChartReader reader(ChartLimitsOf(config));
  ASSIGN_OR_RETURN(const auto uploads, UploadsOf(config, reader));
  ASSIGN_OR_RETURN(const auto clusters,
                   kube::Clusters::Open(ClustersOf(config), runner, state + "/clusters"));
  ASSIGN_OR_RETURN(auto claims, StartClaims(config, clusters, clock, boot_clock, watchdog));
  ASSIGN_OR_RETURN(const std::string program, helm::OwnProgram());
  // helm keeps charts there that it has pulled, which daemons before this one let it do.
  RETURN_IF_ERROR(FreshFolder(state + "/helm/cache").status());
  RETURN_IF_ERROR(helm::InstallPostRenderer(state, program));
  helm::HelmCli helm({.path = config.helm().path(),
                      .state_directory = state,
                      .post_renderer = program,
                      .max_processes = config.helm().max_processes(),
                      .plugin_env = PluginEnvOf(config)},
                     runner);
  StoredCharts charts(*archives, reader);
  ASSIGN_OR_RETURN(const outgoing::ChartSources sources, SourcesOf(config.sources()));
  hooks::Hooks hooks(boot_clock);
  lifecycle::KnownReleases known;
  ASSIGN_OR_RETURN(auto services, ServicesOf(config, profiles, sources, helm, charts, runner, clock,
                                             hooks, known));
  charts::ChartFinder finder({sources, charts, services.temp_directory});
  lifecycle::ChartLifecycle lifecycle(std::move(services));
  runs::EngineOptions options = EngineOptionsOf(
      config, claims.ByCluster(), PrepareWith(config.maxima(), sources, profiles, charts), sources,
      daemon_log, watchdog);
  options.age_clock = &age_clock;
  options.boot_clock = &boot_clock;
  ASSIGN_OR_RETURN(const auto engine,
                   runs::Engine::Start(options, clusters, *store, *archives, lifecycle, clock));
  ASSIGN_OR_RETURN(
      const auto server,
      api::ApiServer::Start(
          ListenersOf(config),
          {*engine, engine->plans(), helm, *archives, finder, clock, clusters, profiles, hooks},
          uploads, StreamLimitsOf(config), ConnectionLimitsOf(config),
          {config.helm().path(), clock.Now()}));
  bool serving = true;
  watchdog.Start([&server, &serving](const std::vector<std::string>& standing_still) {
    Tell(*server, standing_still, &serving);
  });
  WaitForTheEnd(signals);
  watchdog.Stop();
  server->SetServing(false);
  finder.Stop();
  engine->Shutdown(kRunsGrace);
  claims.Close(kClaimsGrace);
  server->Shutdown(kCallsGrace);
  return absl::OkStatus();
}

// A connection takes one descriptor. Where there are too few of them, listeners have fewer
// connections, so that enough is left for the rest of the daemon.
void FitConnections(config::v1::Config* config) {
  constexpr uint64_t kOwn = 1000;  // store, clusters, helm, probes, uploads
  const auto limit = RaiseDescriptorLimit();
  if (!limit.ok()) {
    spdlog::warn("the limit of open files cannot be raised: {}",
                 FailureOf(limit.status()).message());
    return;
  }
  const auto listeners = static_cast<uint64_t>(std::max(1, config->listen_size()));
  const auto wanted = static_cast<uint64_t>(config->limits().connections());
  const uint64_t room = *limit > kOwn ? (*limit - kOwn) / listeners : 1;
  if (room >= wanted) return;
  spdlog::warn(
      "the limit of open files is {}, which leaves each listener {} of {} connections "
      "(limits.connections): raise LimitNOFILE (ulimit -Hn) to {}",
      *limit, room, wanted, kOwn + listeners * wanted);
  const auto most = static_cast<int>(std::max<uint64_t>(room, 1));
  config->mutable_limits()->set_connections(most);
  config->mutable_limits()->set_connections_per_caller(
      std::min(most, config->limits().connections_per_caller()));
}

bool IsReadable(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

std::string WrongWithEgress(const std::string& entry) {
  const auto wrong = ViolationsOf(outgoing::Egress::Parse({entry}).status());
  return wrong.empty() ? std::string() : wrong.front().description;
}

std::map<std::string, std::string> WrongWithSource(const config::v1::AllowedSource& source) {
  std::map<std::string, std::string> wrong;
  for (const FieldViolation& violation :
       ViolationsOf(outgoing::ChartSources::Make({SourceOf(source, {})}).status()))
    wrong[violation.field.substr(std::string("sources.allow[0]").size())] = violation.description;
  return wrong;
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
      path, paths, {IsReadable, WrongWithEgress, outgoing::WrongWithSecretFile, WrongWithSource});
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
  FitConnections(&*config);
  supervisor.Limit(ChildLimitsOf(*config));
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

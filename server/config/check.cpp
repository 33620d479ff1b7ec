#include "server/config/check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <set>
#include <utility>

#include "common/time.h"
#include "server/config/maxima_check.h"
#include "server/config/metrics_check.h"
#include "server/config/sources_check.h"

namespace wheelhouse::config {
namespace {

class Checker {
 public:
  Checker(const v1::Config& config, const YamlLocations& lines, const DefaultPaths& paths,
          const Checks& checks)
      : config_(config), lines_(lines), paths_(paths), checks_(checks) {}

  std::vector<FieldViolation> Check();

 private:
  void Fail(const std::string& path, const std::string& what);
  void CheckPath(const std::string& at, const std::string& path);
  // A file that the daemon reads.
  void CheckFile(const std::string& at, const std::string& path);
  // A program: a path, or a name that is looked up in PATH.
  void CheckProgram(const std::string& at, const std::string& program);
  void CheckAboveZero(const std::string& at, bool set, int64_t value);
  void CheckClusters();
  void CheckListen();
  void CheckUnix(const std::string& at, const v1::Listen& listen);
  void CheckTcp(const std::string& at, const v1::Listen& listen);
  void CheckTls(const std::string& at, const v1::Tls& tls);
  void CheckLimits();
  void CheckChildren();
  void CheckRetention();
  void CheckCommands();
  void CheckProtectedNamespaces();
  void CheckClaims();
  void CheckExecPlugins();

  const v1::Config& config_;
  const YamlLocations& lines_;
  const DefaultPaths& paths_;
  const Checks& checks_;
  std::vector<FieldViolation> errors_;
};

void Checker::Fail(const std::string& path, const std::string& what) {
  errors_.push_back({LocationOf(lines_, path), absl::StrCat(path, ": ", what)});
}

void Checker::CheckPath(const std::string& at, const std::string& path) {
  if (!path.empty() && path[0] != '/') Fail(at, "expected an absolute path");
}

void Checker::CheckFile(const std::string& at, const std::string& path) {
  CheckPath(at, path);
  if (path.empty() || path[0] != '/' || checks_.readable == nullptr) return;
  if (!checks_.readable(path)) Fail(at, absl::StrCat(path, " cannot be read"));
}

void Checker::CheckProgram(const std::string& at, const std::string& program) {
  if (program.find('/') != std::string::npos) CheckPath(at, program);
}

void Checker::CheckAboveZero(const std::string& at, bool set, int64_t value) {
  if (set && value < 1) Fail(at, "expected a number above 0");
}

void Checker::CheckClusters() {
  if (config_.clusters_size() == 0) Fail("clusters", "name at least one cluster");
  std::set<std::string> names;
  int defaults = 0;
  for (int i = 0; i < config_.clusters_size(); ++i) {
    const v1::Cluster& cluster = config_.clusters(i);
    const std::string at = absl::StrCat("clusters[", i, "]");
    if (cluster.name().empty()) {
      Fail(at, "a cluster needs a name");
    } else if (!names.insert(cluster.name()).second) {
      Fail(at + ".name", absl::StrCat("two clusters are named ", cluster.name()));
    }
    CheckFile(at + ".kubeconfig", cluster.kubeconfig());
    if (cluster.kubeconfig().empty() && !cluster.context().empty()) {
      Fail(at + ".context", "this applies only with a kubeconfig");
    }
    if (cluster.default_() && ++defaults > 1) {
      Fail(at + ".default", "another cluster is already the default");
    }
  }
}

bool IsMode(const std::string& text) {
  return !text.empty() && text.size() <= 4 &&
         text.find_first_not_of("01234567") == std::string::npos &&
         (text.size() < 4 || text[0] == '0');
}

void Checker::CheckTls(const std::string& at, const v1::Tls& tls) {
  if (tls.cert().empty() || tls.key().empty() || tls.client_ca().empty()) {
    Fail(at, "tcp needs mutual TLS: set cert, key and clientCa (PEM files)");
  }
  CheckFile(at + ".cert", tls.cert());
  CheckFile(at + ".key", tls.key());
  CheckFile(at + ".clientCa", tls.client_ca());
}

void Checker::CheckTcp(const std::string& at, const v1::Listen& listen) {
  const size_t colon = listen.tcp().rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(listen.tcp().substr(colon + 1), &port) || port < 1 || port > 65535) {
    Fail(at + ".tcp", "expected HOST:PORT");
  }
  CheckTls(at + ".tls", listen.tls());
  if (!listen.allow_all_callers()) {
    Fail(at + ".allowAllCallers",
         "there is no policy yet, so anyone with a client certificate may do everything: set "
         "allowAllCallers: true to accept that");
  }
  for (const auto& [name, set] : {std::pair<const char*, bool>{"mode", !listen.mode().empty()},
                                  {"group", !listen.group().empty()},
                                  {"caller", !listen.caller().empty()}}) {
    if (set) Fail(absl::StrCat(at, ".", name), "this applies only to Unix sockets");
  }
}

void Checker::CheckUnix(const std::string& at, const v1::Listen& listen) {
  constexpr size_t kLongestPath = 107;  // sockaddr_un
  CheckPath(at + ".unix", listen.unix());
  if (listen.unix().size() > kLongestPath) {
    Fail(at + ".unix", "a socket path has at most 107 bytes");
  }
  if (!listen.mode().empty() && !IsMode(listen.mode())) {
    Fail(at + ".mode", "expected an octal mode such as 0660");
  }
  if (listen.has_tls()) Fail(at + ".tls", "this applies only to tcp");
  if (listen.allow_all_callers()) Fail(at + ".allowAllCallers", "this applies only to tcp");
}

void Checker::CheckListen() {
  std::set<std::string> addresses;
  for (int i = 0; i < config_.listen_size(); ++i) {
    const v1::Listen& listen = config_.listen(i);
    const std::string at = absl::StrCat("listen[", i, "]");
    const bool is_unix = !listen.unix().empty();
    const std::string& address = is_unix ? listen.unix() : listen.tcp();
    if (is_unix != listen.tcp().empty()) {
      Fail(at, "set either unix or tcp");
      continue;
    }
    is_unix ? CheckUnix(at, listen) : CheckTcp(at, listen);
    if (!addresses.insert(address).second) {
      Fail(at + (is_unix ? ".unix" : ".tcp"),
           absl::StrCat("two listeners have the address ", address));
    }
  }
}

void Checker::CheckLimits() {
  const v1::Helm& helm = config_.helm();
  const v1::Limits& limits = config_.limits();
  CheckProgram("helm.path", helm.path());
  CheckProgram("kustomize.path", config_.kustomize().path());
  CheckProgram("gpgv.path", config_.gpgv().path());
  CheckAboveZero("helm.maxProcesses", helm.has_max_processes(), helm.max_processes());
  CheckAboveZero("limits.parallelCharts", limits.has_parallel_charts(), limits.parallel_charts());
  CheckAboveZero("limits.queuedRuns", limits.has_queued_runs(), limits.queued_runs());
  CheckAboveZero("limits.queuedRunsPerCaller", limits.has_queued_runs_per_caller(),
                 limits.queued_runs_per_caller());
  CheckAboveZero("limits.uploadBytes", limits.has_upload_bytes(), limits.upload_bytes());
  CheckAboveZero("limits.quotaBytes", limits.has_quota_bytes(), limits.quota_bytes());
  CheckAboveZero("limits.logBytes", limits.has_log_bytes(), limits.log_bytes());
  CheckAboveZero("limits.streamsPerCaller", limits.has_streams_per_caller(),
                 limits.streams_per_caller());
  CheckAboveZero("limits.uploadsPerCaller", limits.has_uploads_per_caller(),
                 limits.uploads_per_caller());
  CheckAboveZero("limits.hookSessionsPerCaller", limits.has_hook_sessions_per_caller(),
                 limits.hook_sessions_per_caller());
  CheckAboveZero("limits.keptBytesPerCaller", limits.has_kept_bytes_per_caller(),
                 limits.kept_bytes_per_caller());
  CheckAboveZero("limits.uploadingBytes", limits.has_uploading_bytes(), limits.uploading_bytes());
  CheckAboveZero("limits.connections", limits.has_connections(), limits.connections());
  CheckAboveZero("limits.connectionsPerCaller", limits.has_connections_per_caller(),
                 limits.connections_per_caller());
  CheckChildren();
}

void Checker::CheckChildren() {
  const v1::Children& children = config_.children();
  constexpr int64_t kLeastMemory = int64_t{128} << 20;
  if (children.has_memory_bytes() && children.memory_bytes() < kLeastMemory)
    Fail("children.memoryBytes",
         absl::StrCat("expected ", kLeastMemory, " or more: helm does not start with less"));
  CheckAboveZero("children.cpus", children.has_cpus(), children.cpus());
  CheckAboveZero("children.fileBytes", children.has_file_bytes(), children.file_bytes());
  if (children.has_cpu_time() &&
      (children.cpu_time().nanos() != 0 || children.cpu_time().seconds() < 5))
    Fail("children.cpuTime", "expected whole seconds, 5s or more");
}

void Checker::CheckRetention() {
  const v1::Retention& retention = config_.retention();
  if (retention.has_max_age() && ToDuration(retention.max_age()) < absl::Hours(24))
    Fail("retention.maxAge", "expected 24h or more: a run can be retried for that long");
  CheckAboveZero("retention.maxRuns", retention.has_max_runs(), retention.max_runs());
  CheckAboveZero("retention.maxBytes", retention.has_max_bytes(), retention.max_bytes());
}

void Checker::CheckCommands() {
  std::set<std::string> names;
  for (int i = 0; i < config_.commands_size(); ++i) {
    const v1::Command& command = config_.commands(i);
    const std::string at = absl::StrCat("commands[", i, "]");
    if (command.name().empty()) {
      Fail(at, "a command needs a name");
    } else if (!names.insert(command.name()).second) {
      Fail(at + ".name", absl::StrCat("two commands are named ", command.name()));
    }
    if (command.argv_size() == 0 || command.argv(0).empty()) {
      Fail(at + ".argv", "expected the program and its first arguments");
    } else {
      CheckProgram(at + ".argv[0]", command.argv(0));
    }
  }
}

bool IsDnsLabel(const std::string& text) {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         text.find_first_not_of(std::string(kLetters) + "-") == std::string::npos;
}

void Checker::CheckProtectedNamespaces() {
  for (int i = 0; i < config_.protected_namespaces_size(); ++i) {
    if (!IsDnsLabel(config_.protected_namespaces(i)))
      Fail(absl::StrCat("protectedNamespaces[", i, "]"), "expected the name of a namespace");
  }
}

void Checker::CheckClaims() {
  const v1::Claims& claims = config_.claims();
  if (!claims.lease_namespace().empty() && !IsDnsLabel(claims.lease_namespace()))
    Fail("claims.leaseNamespace", "expected the name of a namespace");
  if (!claims.lease_namespace().empty() && claims.in_release_namespace())
    Fail("claims.inReleaseNamespace",
         "excludes claims.leaseNamespace: the Leases are in one namespace or in each");
  const auto& duration = claims.lease_duration();
  if (claims.has_lease_duration() &&
      (duration.nanos() != 0 || duration.seconds() < 4 || duration.seconds() > 600))
    Fail("claims.leaseDuration", "expected whole seconds, from 4s to 600s");
}

void Checker::CheckExecPlugins() {
  const auto& names = config_.exec_plugins().inherit_env();
  for (int i = 0; i < names.size(); ++i) {
    const std::string upper = absl::AsciiStrToUpper(names[i]);
    const std::string at = absl::StrCat("execPlugins.inheritEnv[", i, "]");
    if (names[i].empty() || absl::StrContains(names[i], '=')) {
      Fail(at, "expected the name of a variable");
    } else if (absl::EndsWith(upper, "_PROXY") || absl::StartsWith(upper, "HELM_") ||
               absl::StartsWith(upper, "KUBE")) {
      Fail(at, absl::StrCat(names[i],
                            " would change where helm goes; set it for the plugin alone, "
                            "in the kubeconfig's users[].user.exec.env"));
    }
  }
}

std::vector<FieldViolation> Checker::Check() {
  CheckClusters();
  CheckListen();
  if (config_.listen_size() == 0 && paths_.socket.empty()) {
    Fail("listen", "XDG_RUNTIME_DIR is not set: set where to listen");
  }
  CheckPath("stateDirectory", config_.state_directory());
  CheckPath("profiles.directory", config_.profiles().directory());
  if (config_.state_directory().empty() && paths_.state_directory.empty()) {
    Fail("stateDirectory", "neither XDG_STATE_HOME nor HOME is set: name a folder");
  }
  CheckLimits();
  CheckRetention();
  CheckCommands();
  CheckProtectedNamespaces();
  CheckClaims();
  CheckExecPlugins();
  const auto fail = [this](const std::string& path, const std::string& what) { Fail(path, what); };
  CheckMaxima(config_.maxima(), fail);
  CheckSavedPlans(config_.saved_plans(), fail);
  CheckDrift(config_.drift(), fail);
  CheckMetrics(config_.metrics(), fail);
  CheckSources(config_.sources(), checks_, fail);
  CheckUploads(config_.uploads(), checks_, fail);
  for (int i = 0; checks_.egress != nullptr && i < config_.egress().allow_size(); ++i) {
    const std::string wrong = checks_.egress(config_.egress().allow(i));
    if (!wrong.empty()) Fail(absl::StrCat("egress.allow[", i, "]"), wrong);
  }
  return std::move(errors_);
}

}  // namespace

std::vector<FieldViolation> CheckConfig(const v1::Config& config, const YamlLocations& lines,
                                        const DefaultPaths& paths, const Checks& checks) {
  return Checker(config, lines, paths, checks).Check();
}

}  // namespace wheelhouse::config

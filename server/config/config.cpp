#include "server/config/config.h"

#include <absl/strings/str_cat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/formats/yaml_proto.h"
#include "common/time.h"
#include "server/config/check.h"

namespace wheelhouse::config {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// What the plugins of the large providers read of the environment.
constexpr const char* kPluginEnv[] = {"AWS_ACCESS_KEY_ID",
                                      "AWS_CONFIG_FILE",
                                      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                      "AWS_DEFAULT_REGION",
                                      "AWS_PROFILE",
                                      "AWS_REGION",
                                      "AWS_ROLE_ARN",
                                      "AWS_ROLE_SESSION_NAME",
                                      "AWS_SECRET_ACCESS_KEY",
                                      "AWS_SESSION_TOKEN",
                                      "AWS_SHARED_CREDENTIALS_FILE",
                                      "AWS_STS_REGIONAL_ENDPOINTS",
                                      "AWS_WEB_IDENTITY_TOKEN_FILE",
                                      "AZURE_AUTHORITY_HOST",
                                      "AZURE_CLIENT_ID",
                                      "AZURE_CLIENT_SECRET",
                                      "AZURE_CONFIG_DIR",
                                      "AZURE_FEDERATED_TOKEN_FILE",
                                      "AZURE_TENANT_ID",
                                      "CLOUDSDK_CONFIG",
                                      "GOOGLE_APPLICATION_CREDENTIALS",
                                      "XDG_CACHE_HOME",
                                      "XDG_CONFIG_HOME"};

void FillInMaxima(const v1::Config& config, v1::Maxima* maxima) {
  if (!maxima->has_timeout()) *maxima->mutable_timeout() = ToProto(absl::Hours(24));
  if (!maxima->has_priority()) maxima->set_priority(100);
  if (!maxima->has_stage_steps()) maxima->set_stage_steps(100);
  if (!maxima->has_charts()) maxima->set_charts(500);
  if (!maxima->has_parallel_runs()) maxima->set_parallel_runs(100);
  // With one socket there is one caller, who can hold up nobody else.
  if (maxima->exclusive_callers().empty() && config.listen_size() == 1 &&
      !config.listen(0).unix().empty())
    maxima->add_exclusive_callers("unix:" + config.listen(0).caller());
}

void FillIn(const DefaultPaths& paths, v1::Config* config) {
  if (config->clusters_size() == 1) config->mutable_clusters(0)->set_default_(true);
  if (config->listen_size() == 0) config->add_listen()->set_unix(paths.socket);
  for (v1::Listen& listen : *config->mutable_listen()) {
    if (listen.unix().empty()) continue;
    if (listen.mode().empty()) listen.set_mode("0600");
    if (listen.caller().empty()) listen.set_caller("local");
  }
  if (config->state_directory().empty()) config->set_state_directory(paths.state_directory);
  v1::Helm* helm = config->mutable_helm();
  if (helm->path().empty()) helm->set_path("helm");
  if (!helm->has_max_processes()) helm->set_max_processes(4);
  if (config->kustomize().path().empty()) config->mutable_kustomize()->set_path("kustomize");
  if (config->gpgv().path().empty()) config->mutable_gpgv()->set_path("gpgv");
  v1::Limits* limits = config->mutable_limits();
  if (!limits->has_parallel_charts()) limits->set_parallel_charts(8);
  if (!limits->has_queued_runs()) limits->set_queued_runs(1000);
  if (!limits->has_queued_runs_per_caller()) {
    const bool alone = config->listen_size() == 1 && !config->listen(0).unix().empty();
    limits->set_queued_runs_per_caller(alone ? limits->queued_runs()
                                             : std::max(1, limits->queued_runs() / 4));
  }
  if (!limits->has_upload_bytes()) limits->set_upload_bytes(int64_t{20} << 20);
  if (!limits->has_quota_bytes()) limits->set_quota_bytes(int64_t{500} << 20);
  if (!limits->has_foreign_lock_age())
    *limits->mutable_foreign_lock_age() = ToProto(absl::Hours(1));
  if (!limits->has_log_bytes()) limits->set_log_bytes(int64_t{16} << 20);
  if (!limits->has_streams_per_caller()) limits->set_streams_per_caller(1000);
  if (!limits->has_uploads_per_caller()) limits->set_uploads_per_caller(16);
  if (!limits->has_hook_sessions_per_caller()) limits->set_hook_sessions_per_caller(300);
  if (!limits->has_kept_bytes_per_caller()) limits->set_kept_bytes_per_caller(int64_t{1} << 30);
  if (!limits->has_uploading_bytes()) limits->set_uploading_bytes(int64_t{1} << 30);
  if (!limits->has_connections()) limits->set_connections(4096);
  if (!limits->has_connections_per_caller())
    limits->set_connections_per_caller(std::max(1, limits->connections() / 2));
  v1::Retention* retention = config->mutable_retention();
  if (!retention->has_max_age()) *retention->mutable_max_age() = ToProto(absl::Hours(720));
  if (!retention->has_max_runs()) retention->set_max_runs(10000);
  if (!retention->has_max_bytes()) retention->set_max_bytes(int64_t{10} << 30);
  v1::Claims* claims = config->mutable_claims();
  if (claims->lease_namespace().empty() && !claims->in_release_namespace())
    claims->set_lease_namespace("wheelhouse-system");
  if (!claims->has_lease_duration()) *claims->mutable_lease_duration() = ToProto(absl::Seconds(30));
  if (!config->has_exec_plugins()) {
    for (const char* name : kPluginEnv) config->mutable_exec_plugins()->add_inherit_env(name);
  }
  FillInMaxima(*config, config->mutable_maxima());
  v1::SavedPlans* plans = config->mutable_saved_plans();
  if (!plans->has_keep_for()) *plans->mutable_keep_for() = ToProto(absl::Hours(168));
  if (!plans->has_per_caller()) plans->set_per_caller(100);
  if (plans->approvers().empty()) plans->add_approvers("*");
  v1::Children* children = config->mutable_children();
  if (!children->has_memory_bytes()) children->set_memory_bytes(int64_t{1} << 30);
  if (!children->has_cpus()) children->set_cpus(2);
  if (!children->has_file_bytes()) children->set_file_bytes(int64_t{256} << 20);
  if (!children->has_cpu_time()) *children->mutable_cpu_time() = ToProto(absl::Hours(1));
  v1::Log* log = config->mutable_log();
  if (log->level() == v1::LOG_LEVEL_UNSPECIFIED) log->set_level(v1::LOG_LEVEL_INFO);
  if (log->format() == v1::LOG_FORMAT_UNSPECIFIED) log->set_format(v1::LOG_FORMAT_TEXT);
}

// `FILE:LINE` of an error's position.
std::string LineOf(const FieldViolation& error) {
  return error.field.substr(0, error.field.rfind(':'));
}

}  // namespace

DefaultPaths FindDefaultPaths() {
  if (geteuid() == 0) {
    return {"/etc/wheelhouse/wheelhoused.yaml", "/run/wheelhouse/wheelhouse.sock",
            "/var/lib/wheelhouse"};
  }
  const std::string home = Variable("HOME");
  const auto folder = [&home](const char* variable, const char* below_home) {
    std::string set = Variable(variable);
    if (!set.empty() || home.empty()) return set;
    return absl::StrCat(home, "/", below_home);
  };
  const auto below = [](const std::string& folder, const char* name) {
    return folder.empty() ? std::string() : absl::StrCat(folder, "/wheelhouse", name);
  };
  return {below(folder("XDG_CONFIG_HOME", ".config"), "/wheelhoused.yaml"),
          below(Variable("XDG_RUNTIME_DIR"), "/wheelhouse.sock"),
          below(folder("XDG_STATE_HOME", ".local/state"), "")};
}

absl::StatusOr<v1::Config> ReadConfig(const std::string& text, const std::string& file,
                                      const DefaultPaths& paths, const Checks& checks) {
  v1::Config config;
  YamlReadOptions options;
  options.reason = Reason::kConfigInvalid;
  YamlLocations lines;
  options.locations = &lines;
  std::vector<FieldViolation> errors = ViolationsOf(ReadYaml(text, {file}, options, &config));
  const bool is_yaml = errors.empty() || !lines.empty();
  // A field that could not be read is missing from `config` too; its line has an error already.
  std::set<std::string> named;
  for (const FieldViolation& error : errors) named.insert(LineOf(error));
  for (FieldViolation& error : CheckConfig(config, lines, paths, checks)) {
    if (error.field.empty()) error.field = absl::StrCat(file, ":1:1");
    if (is_yaml && named.count(LineOf(error)) == 0) errors.push_back(std::move(error));
  }
  if (!errors.empty()) return MakeInvalid(Reason::kConfigInvalid, std::move(errors));
  FillIn(paths, &config);
  return config;
}

absl::StatusOr<v1::Config> LoadConfig(const std::string& path, const DefaultPaths& paths,
                                      const Checks& checks) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    return MakeFailure(Reason::kConfigInvalid,
                       absl::StrCat("the configuration ", path, " cannot be read"));
  }
  return ReadConfig(text.str(), path, paths, checks);
}

unsigned SocketMode(const v1::Listen& listen) {
  return static_cast<unsigned>(std::strtoul(listen.mode().c_str(), nullptr, 8));
}

}  // namespace wheelhouse::config

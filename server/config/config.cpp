#include "server/config/config.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/yaml_proto.h"

namespace wheelhouse::config {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// A place in the file: field names and indices from the top.
using Path = std::vector<std::string>;

// Collects what is wrong with fields, each with the line where it stands, or where the nearest
// thing around it does.
class Checker {
 public:
  Checker(YAML::Node top, std::string file) : top_(std::move(top)), file_(std::move(file)) {}

  void Fail(const Path& path, const std::string& what) {
    YAML::Node node = top_;
    std::string name;
    bool there = true;
    for (const std::string& part : path) {
      size_t index = 0;
      const bool is_index = absl::SimpleAtoi(part, &index);
      absl::StrAppend(&name, is_index ? "[" : (name.empty() ? "" : "."), part, is_index ? "]" : "");
      const YAML::Node& parent = node;
      const YAML::Node child = is_index ? parent[index] : parent[part];
      there = there && child.IsDefined() && !child.IsNull();
      if (there) node.reset(child);
    }
    const YAML::Mark mark = node.Mark();
    errors_.push_back({absl::StrCat(file_, ":", mark.line + 1, ":", mark.column + 1),
                       absl::StrCat(name, ": ", what)});
  }

  absl::Status Result() {
    return errors_.empty() ? absl::OkStatus()
                           : MakeInvalid(Reason::kConfigInvalid, std::move(errors_));
  }

 private:
  const YAML::Node top_;
  const std::string file_;
  std::vector<FieldViolation> errors_;
};

void CheckClusters(const v1::Config& config, Checker* checker) {
  if (config.clusters_size() == 0) checker->Fail({"clusters"}, "name at least one cluster");
  std::set<std::string> names;
  int defaults = 0;
  for (int i = 0; i < config.clusters_size(); ++i) {
    const v1::Cluster& cluster = config.clusters(i);
    const Path at = {"clusters", absl::StrCat(i)};
    if (cluster.name().empty()) checker->Fail(at, "a cluster needs a name");
    if (!names.insert(cluster.name()).second) {
      checker->Fail({"clusters", at[1], "name"},
                    absl::StrCat("two clusters are called ", cluster.name()));
    }
    if (cluster.default_() && ++defaults > 1) {
      checker->Fail({"clusters", at[1], "default"}, "another cluster is the default already");
    }
  }
}

bool ParseMode(const std::string& text, unsigned* mode) {
  if (text.empty() || text.size() > 4 || text.find_first_not_of("01234567") != std::string::npos) {
    return false;
  }
  *mode = static_cast<unsigned>(std::stoul(text, nullptr, 8));
  return *mode <= 0777;
}

void CheckTcp(const v1::Listen& listen, const std::string& index, Checker* checker) {
  const Path at = {"listen", index};
  const size_t colon = listen.tcp().rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(listen.tcp().substr(colon + 1), &port) || port < 1 || port > 65535) {
    checker->Fail({"listen", index, "tcp"}, "expected HOST:PORT");
  }
  if (listen.tls().cert().empty() || listen.tls().key().empty() ||
      listen.tls().client_ca().empty()) {
    checker->Fail({"listen", index, "tls"},
                  "tcp needs mutual TLS: set cert, key and clientCa (PEM files)");
  }
  if (!listen.allow_all_callers()) {
    checker->Fail({"listen", index, "allowAllCallers"},
                  "there is no policy yet, so whoever holds a certificate may do everything: say "
                  "allowAllCallers: true to accept that");
  }
  for (const auto& [name, set] : {std::pair<const char*, bool>{"mode", !listen.mode().empty()},
                                  {"group", !listen.group().empty()},
                                  {"caller", !listen.caller().empty()}}) {
    if (set) checker->Fail({"listen", index, name}, "this is for Unix sockets only");
  }
}

void CheckUnix(const v1::Listen& listen, const std::string& index, Checker* checker) {
  constexpr size_t kLongestPath = 107;  // sockaddr_un
  unsigned mode = 0;
  if (listen.unix()[0] != '/')
    checker->Fail({"listen", index, "unix"}, "expected an absolute path");
  if (listen.unix().size() > kLongestPath) {
    checker->Fail({"listen", index, "unix"}, "a socket's path has at most 107 bytes");
  }
  if (!listen.mode().empty() && !ParseMode(listen.mode(), &mode)) {
    checker->Fail({"listen", index, "mode"}, "expected an octal mode such as 0660");
  }
  if (listen.has_tls()) checker->Fail({"listen", index, "tls"}, "this is for tcp only");
  if (listen.allow_all_callers()) {
    checker->Fail({"listen", index, "allowAllCallers"}, "this is for tcp only");
  }
}

void CheckListen(const v1::Config& config, Checker* checker) {
  for (int i = 0; i < config.listen_size(); ++i) {
    const v1::Listen& listen = config.listen(i);
    const std::string index = absl::StrCat(i);
    if (listen.unix().empty() == listen.tcp().empty()) {
      checker->Fail({"listen", index}, "set one of unix and tcp");
    } else if (listen.unix().empty()) {
      CheckTcp(listen, index, checker);
    } else {
      CheckUnix(listen, index, checker);
    }
  }
}

void CheckLimits(const v1::Config& config, Checker* checker) {
  const auto positive = [checker](const Path& path, bool set, int64_t value) {
    if (set && value < 1) checker->Fail(path, "expected a number above 0");
  };
  const v1::Limits& limits = config.limits();
  positive({"helm", "maxProcesses"}, config.helm().has_max_processes(),
           config.helm().max_processes());
  positive({"limits", "parallelCharts"}, limits.has_parallel_charts(), limits.parallel_charts());
  positive({"limits", "queuedRuns"}, limits.has_queued_runs(), limits.queued_runs());
  positive({"limits", "uploadBytes"}, limits.has_upload_bytes(), limits.upload_bytes());
  positive({"limits", "quotaBytes"}, limits.has_quota_bytes(), limits.quota_bytes());
}

void CheckCommands(const v1::Config& config, Checker* checker) {
  std::set<std::string> names;
  for (int i = 0; i < config.commands_size(); ++i) {
    const v1::Command& command = config.commands(i);
    const std::string index = absl::StrCat(i);
    if (command.name().empty()) checker->Fail({"commands", index}, "a command needs a name");
    if (!names.insert(command.name()).second) {
      checker->Fail({"commands", index, "name"},
                    absl::StrCat("two commands are called ", command.name()));
    }
    if (command.argv_size() == 0 || command.argv(0).empty()) {
      checker->Fail({"commands", index, "argv"}, "expected the program and its first arguments");
    }
  }
}

void FillIn(const Places& places, v1::Config* config) {
  if (config->clusters_size() == 1) config->mutable_clusters(0)->set_default_(true);
  if (config->listen_size() == 0) config->add_listen()->set_unix(places.socket);
  for (v1::Listen& listen : *config->mutable_listen()) {
    if (listen.unix().empty()) continue;
    if (listen.mode().empty()) listen.set_mode("0600");
    if (listen.caller().empty()) listen.set_caller("local");
  }
  if (config->state_directory().empty()) config->set_state_directory(places.state_directory);
  v1::Helm* helm = config->mutable_helm();
  if (helm->path().empty()) helm->set_path("helm");
  if (!helm->has_max_processes()) helm->set_max_processes(4);
  v1::Limits* limits = config->mutable_limits();
  if (!limits->has_parallel_charts()) limits->set_parallel_charts(8);
  if (!limits->has_queued_runs()) limits->set_queued_runs(1000);
  if (!limits->has_upload_bytes()) limits->set_upload_bytes(int64_t{20} << 20);
  if (!limits->has_quota_bytes()) limits->set_quota_bytes(int64_t{500} << 20);
  v1::Log* log = config->mutable_log();
  if (log->level() == v1::LOG_LEVEL_UNSPECIFIED) log->set_level(v1::LOG_LEVEL_INFO);
  if (log->format() == v1::LOG_FORMAT_UNSPECIFIED) log->set_format(v1::LOG_FORMAT_TEXT);
}

}  // namespace

Places DefaultPlaces() {
  if (geteuid() == 0) {
    return {"/etc/wheelhouse/wheelhoused.yaml", "/run/wheelhouse/wheelhouse.sock",
            "/var/lib/wheelhouse"};
  }
  const std::string home = Variable("HOME");
  const auto folder = [&home](const char* variable, const char* below_home) {
    const std::string set = Variable(variable);
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
                                      const Places& places) {
  v1::Config config;
  YamlReadOptions options;
  options.reason = Reason::kConfigInvalid;
  RETURN_IF_ERROR(ReadYaml(text, {file}, options, &config));
  try {
    Checker checker(YAML::Load(text), file);
    CheckClusters(config, &checker);
    CheckListen(config, &checker);
    CheckLimits(config, &checker);
    CheckCommands(config, &checker);
    if (config.listen_size() == 0 && places.socket.empty()) {
      checker.Fail({"listen"}, "XDG_RUNTIME_DIR is not set: say where to listen");
    }
    if (config.state_directory().empty() && places.state_directory.empty()) {
      checker.Fail({"stateDirectory"}, "neither XDG_STATE_HOME nor HOME is set: name a folder");
    }
    RETURN_IF_ERROR(checker.Result());
  } catch (const YAML::Exception& error) {
    return MakeFailure(Reason::kConfigInvalid, absl::StrCat(file, ": ", error.what()));
  }
  FillIn(places, &config);
  return config;
}

absl::StatusOr<v1::Config> LoadConfig(const std::string& path, const Places& places) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) {
    return MakeFailure(Reason::kConfigInvalid,
                       absl::StrCat("the configuration ", path, " cannot be read"));
  }
  return ReadConfig(text.str(), path, places);
}

unsigned SocketMode(const v1::Listen& listen) {
  unsigned mode = 0600;
  ParseMode(listen.mode(), &mode);
  return mode;
}

}  // namespace wheelhouse::config

#include "server/config/check.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <utility>

namespace wheelhouse::config {
namespace {

// A place in the file: field names and indices from the top.
using Path = std::vector<std::string>;

Path Below(const Path& at, const std::string& name) {
  Path path = at;
  path.push_back(name);
  return path;
}

class Checker {
 public:
  Checker(const v1::Config& config, const YAML::Node& top, std::string file, const Places& places,
          const Checks& checks)
      : config_(config), top_(top), file_(std::move(file)), places_(places), checks_(checks) {}

  std::vector<FieldViolation> Check();

 private:
  void Fail(const Path& path, const std::string& what);
  void CheckPath(const Path& at, const std::string& path);
  // A file that the daemon reads.
  void CheckFile(const Path& at, const std::string& path);
  // A program: a path, or a name that is looked up in PATH.
  void CheckProgram(const Path& at, const std::string& program);
  void CheckAboveZero(const Path& at, bool set, int64_t value);
  void CheckClusters();
  void CheckListen();
  void CheckUnix(const Path& at, const v1::Listen& listen);
  void CheckTcp(const Path& at, const v1::Listen& listen);
  void CheckTls(const Path& at, const v1::Tls& tls);
  void CheckLimits();
  void CheckCommands();

  const v1::Config& config_;
  const YAML::Node top_;
  const std::string file_;
  const Places& places_;
  const Checks& checks_;
  std::vector<FieldViolation> errors_;
};

void Checker::Fail(const Path& path, const std::string& what) {
  YAML::Node node = top_;
  std::string name;
  bool there = true;
  for (const std::string& part : path) {
    size_t index = 0;
    const bool is_index = absl::SimpleAtoi(part, &index);
    absl::StrAppend(&name, is_index ? "[" : (name.empty() ? "" : "."), part, is_index ? "]" : "");
    const YAML::Node& parent = node;
    there = there && (is_index ? parent.IsSequence() : parent.IsMap());
    if (!there) continue;
    const YAML::Node child = is_index ? parent[index] : parent[part];
    there = child.IsDefined() && !child.IsNull();
    if (there) node.reset(child);
  }
  const YAML::Mark mark = node.Mark();
  // A file without a word in it has no place of its own.
  const int line = std::max(mark.line, 0), column = std::max(mark.column, 0);
  errors_.push_back(
      {absl::StrCat(file_, ":", line + 1, ":", column + 1), absl::StrCat(name, ": ", what)});
}

void Checker::CheckPath(const Path& at, const std::string& path) {
  if (!path.empty() && path[0] != '/') Fail(at, "expected an absolute path");
}

void Checker::CheckFile(const Path& at, const std::string& path) {
  CheckPath(at, path);
  if (path.empty() || path[0] != '/' || checks_.readable == nullptr) return;
  if (!checks_.readable(path)) Fail(at, absl::StrCat(path, " cannot be read"));
}

void Checker::CheckProgram(const Path& at, const std::string& program) {
  if (program.find('/') != std::string::npos) CheckPath(at, program);
}

void Checker::CheckAboveZero(const Path& at, bool set, int64_t value) {
  if (set && value < 1) Fail(at, "expected a number above 0");
}

void Checker::CheckClusters() {
  if (config_.clusters_size() == 0) Fail({"clusters"}, "name at least one cluster");
  std::set<std::string> names;
  int defaults = 0;
  for (int i = 0; i < config_.clusters_size(); ++i) {
    const v1::Cluster& cluster = config_.clusters(i);
    const Path at = {"clusters", absl::StrCat(i)};
    if (cluster.name().empty()) {
      Fail(at, "a cluster needs a name");
    } else if (!names.insert(cluster.name()).second) {
      Fail(Below(at, "name"), absl::StrCat("two clusters are called ", cluster.name()));
    }
    CheckFile(Below(at, "kubeconfig"), cluster.kubeconfig());
    if (cluster.kubeconfig().empty() && !cluster.context().empty()) {
      Fail(Below(at, "context"), "this is for a kubeconfig only");
    }
    if (cluster.default_() && ++defaults > 1) {
      Fail(Below(at, "default"), "another cluster is the default already");
    }
  }
}

bool IsMode(const std::string& text) {
  return !text.empty() && text.size() <= 4 &&
         text.find_first_not_of("01234567") == std::string::npos &&
         (text.size() < 4 || text[0] == '0');
}

void Checker::CheckTls(const Path& at, const v1::Tls& tls) {
  if (tls.cert().empty() || tls.key().empty() || tls.client_ca().empty()) {
    Fail(at, "tcp needs mutual TLS: set cert, key and clientCa (PEM files)");
  }
  CheckFile(Below(at, "cert"), tls.cert());
  CheckFile(Below(at, "key"), tls.key());
  CheckFile(Below(at, "clientCa"), tls.client_ca());
}

void Checker::CheckTcp(const Path& at, const v1::Listen& listen) {
  const size_t colon = listen.tcp().rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(listen.tcp().substr(colon + 1), &port) || port < 1 || port > 65535) {
    Fail(Below(at, "tcp"), "expected HOST:PORT");
  }
  CheckTls(Below(at, "tls"), listen.tls());
  if (!listen.allow_all_callers()) {
    Fail(Below(at, "allowAllCallers"),
         "there is no policy yet, so whoever holds a certificate may do everything: say "
         "allowAllCallers: true to accept that");
  }
  for (const auto& [name, set] : {std::pair<const char*, bool>{"mode", !listen.mode().empty()},
                                  {"group", !listen.group().empty()},
                                  {"caller", !listen.caller().empty()}}) {
    if (set) Fail(Below(at, name), "this is for Unix sockets only");
  }
}

void Checker::CheckUnix(const Path& at, const v1::Listen& listen) {
  constexpr size_t kLongestPath = 107;  // sockaddr_un
  CheckPath(Below(at, "unix"), listen.unix());
  if (listen.unix().size() > kLongestPath) {
    Fail(Below(at, "unix"), "a socket's path has at most 107 bytes");
  }
  if (!listen.mode().empty() && !IsMode(listen.mode())) {
    Fail(Below(at, "mode"), "expected an octal mode such as 0660");
  }
  if (listen.has_tls()) Fail(Below(at, "tls"), "this is for tcp only");
  if (listen.allow_all_callers()) Fail(Below(at, "allowAllCallers"), "this is for tcp only");
}

void Checker::CheckListen() {
  std::set<std::string> addresses;
  for (int i = 0; i < config_.listen_size(); ++i) {
    const v1::Listen& listen = config_.listen(i);
    const Path at = {"listen", absl::StrCat(i)};
    const bool is_unix = !listen.unix().empty();
    const std::string& address = is_unix ? listen.unix() : listen.tcp();
    if (is_unix != listen.tcp().empty()) {
      Fail(at, "set one of unix and tcp");
      continue;
    }
    is_unix ? CheckUnix(at, listen) : CheckTcp(at, listen);
    if (!addresses.insert(address).second) {
      Fail(Below(at, is_unix ? "unix" : "tcp"), absl::StrCat("two listeners are at ", address));
    }
  }
}

void Checker::CheckLimits() {
  const v1::Helm& helm = config_.helm();
  const v1::Limits& limits = config_.limits();
  CheckProgram({"helm", "path"}, helm.path());
  CheckProgram({"kustomize", "path"}, config_.kustomize().path());
  CheckAboveZero({"helm", "maxProcesses"}, helm.has_max_processes(), helm.max_processes());
  CheckAboveZero({"limits", "parallelCharts"}, limits.has_parallel_charts(),
                 limits.parallel_charts());
  CheckAboveZero({"limits", "queuedRuns"}, limits.has_queued_runs(), limits.queued_runs());
  CheckAboveZero({"limits", "uploadBytes"}, limits.has_upload_bytes(), limits.upload_bytes());
  CheckAboveZero({"limits", "quotaBytes"}, limits.has_quota_bytes(), limits.quota_bytes());
}

void Checker::CheckCommands() {
  std::set<std::string> names;
  for (int i = 0; i < config_.commands_size(); ++i) {
    const v1::Command& command = config_.commands(i);
    const Path at = {"commands", absl::StrCat(i)};
    if (command.name().empty()) {
      Fail(at, "a command needs a name");
    } else if (!names.insert(command.name()).second) {
      Fail(Below(at, "name"), absl::StrCat("two commands are called ", command.name()));
    }
    if (command.argv_size() == 0 || command.argv(0).empty()) {
      Fail(Below(at, "argv"), "expected the program and its first arguments");
    } else {
      CheckProgram(Below(Below(at, "argv"), "0"), command.argv(0));
    }
  }
}

std::vector<FieldViolation> Checker::Check() {
  CheckClusters();
  CheckListen();
  if (config_.listen_size() == 0 && places_.socket.empty()) {
    Fail({"listen"}, "XDG_RUNTIME_DIR is not set: say where to listen");
  }
  CheckPath({"stateDirectory"}, config_.state_directory());
  if (config_.state_directory().empty() && places_.state_directory.empty()) {
    Fail({"stateDirectory"}, "neither XDG_STATE_HOME nor HOME is set: name a folder");
  }
  CheckLimits();
  CheckCommands();
  for (int i = 0; checks_.egress != nullptr && i < config_.egress().allow_size(); ++i) {
    const std::string wrong = checks_.egress(config_.egress().allow(i));
    if (!wrong.empty()) Fail({"egress", "allow", absl::StrCat(i)}, wrong);
  }
  return std::move(errors_);
}

}  // namespace

std::vector<FieldViolation> CheckConfig(const v1::Config& config, const YAML::Node& top,
                                        const std::string& file, const Places& places,
                                        const Checks& checks) {
  return Checker(config, top, file, places, checks).Check();
}

}  // namespace wheelhouse::config

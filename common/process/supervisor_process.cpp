#include "common/process/supervisor_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "common/process/child_cgroups.h"
#include "common/process/child_limits.h"
#include "common/process/process.h"

namespace wheelhouse {
namespace {

using Json = nlohmann::json;

struct Supervised {
  int64_t id = 0;
  double deadline = 0;  // seconds on CLOCK_BOOTTIME; 0: none
  int cpu_seconds = 0;  // 0: unbounded
  std::optional<ChildCgroup> cgroup;
};

ChildLimits LimitsOf(const Json& spawn) {
  return {.memory_bytes = spawn.value("memory", size_t{0}),
          .file_bytes = spawn.value("file", size_t{0}),
          .cpus = spawn.value("cpus", 0),
          .cpu_seconds = spawn.value("cpu", 0)};
}

// Programs in Go do not end by SIGXCPU (helm 4.3: measured), so that the kernel kills them a little
// later: what has killed the child is known by the CPU time that it has used.
int WithCause(int status, const rusage& used, int cpu_seconds) {
  const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  const auto seconds = used.ru_utime.tv_sec + used.ru_stime.tv_sec +
                       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1'000'000;
  return killed && cpu_seconds > 0 && seconds >= cpu_seconds ? SIGXCPU : status;
}

double BootTime() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

bool IsPast(double deadline) { return deadline != 0 && deadline <= BootTime(); }

void Answer(int socket, const Json& message) {
  const std::string text = message.dump();
  (void)!send(socket, text.data(), text.size(), MSG_NOSIGNAL);
}

// One packet and its descriptors; false when the daemon is gone.
bool Receive(int socket, Json* message, std::vector<int>* fds) {
  static std::vector<char> buffer(1 << 20);
  alignas(cmsghdr) char control[CMSG_SPACE((3 + kMostDescriptors) * sizeof(int))];
  iovec data{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  const ssize_t size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  if (size <= 0) return size < 0 && errno == EINTR;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    fds->assign(reinterpret_cast<int*>(CMSG_DATA(part)),
                reinterpret_cast<int*>(CMSG_DATA(part)) + count);
  }
  *message = Json::parse(buffer.data(), buffer.data() + size, nullptr, false);
  return true;
}

// Puts `fds` at 0, 1, 2, ..., where they outlive an exec. What stands there first makes room.
void Place(std::vector<int> fds, int* report) {
  const int count = static_cast<int>(fds.size());
  for (int& fd : fds) {
    if (fd < count) fd = fcntl(fd, F_DUPFD_CLOEXEC, count);
  }
  if (*report < count) *report = fcntl(*report, F_DUPFD_CLOEXEC, count);
  for (int i = 0; i < count; ++i) dup2(fds[static_cast<size_t>(i)], i);
}

[[noreturn]] void GiveUp(int report, int error) {
  (void)!write(report, &error, sizeof(error));
  _exit(127);
}

[[noreturn]] void Exec(const Json& spawn, const std::vector<int>& fds,
                       const std::optional<ChildCgroup>& cgroup, int report) {
  setpgid(0, 0);
  Place(fds, &report);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_DFL);
  std::vector<std::string> argv_text = spawn["argv"], env_text;
  for (const auto& [name, value] : spawn["env"].items())
    env_text.push_back(name + "=" + value.get<std::string>());
  std::vector<char*> argv, env;
  for (std::string& text : argv_text) argv.push_back(text.data());
  for (std::string& text : env_text) env.push_back(text.data());
  argv.push_back(nullptr);
  env.push_back(nullptr);
  // If everything was frozen since the daemon sent the request, it shows here.
  if (IsPast(spawn.value("deadline", 0.0))) GiveUp(report, ETIME);
  if (cgroup.has_value() && !cgroup->Enter().ok()) GiveUp(report, EAGAIN);
  ApplyToThisProcess(LimitsOf(spawn));
  environ = env.data();  // execvp looks the program up in the child's own PATH
  if (chdir(spawn["cwd"].get<std::string>().c_str()) == 0) execvp(argv[0], argv.data());
  GiveUp(report, errno);
}

// In /proc/PID/stat the parent follows the program's name, which may contain anything.
bool IsChildOf(pid_t parent, const std::filesystem::path& process) {
  std::ifstream file(process / "stat");
  std::string stat;
  std::getline(file, stat, '\0');
  std::istringstream rest(stat.substr(std::min(stat.rfind(')') + 1, stat.size())));
  std::string state;
  pid_t found = 0;
  return rest >> state >> found && found == parent;
}

std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc", error), end; !error && it != end;
       it.increment(error)) {
    const pid_t pid = std::atoi(it->path().filename().c_str());
    if (pid > 0 && IsChildOf(parent, it->path())) children.push_back(pid);
  }
  return children;
}

class Loop {
 public:
  Loop(int socket, std::optional<ChildCgroups> cgroups)
      : socket_(socket), cgroups_(std::move(cgroups)) {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, nullptr);
    signals_ = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    // Only the end of the daemon ends us: a Ctrl-C at its terminal reaches the whole foreground
    // group.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) signal(number, SIG_IGN);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "wheelhouse-sup");
  }

  void Serve() {
    while (true) {
      pollfd fds[] = {{socket_, POLLIN, 0}, {signals_, POLLIN, 0}};
      poll(fds, 2, MsToNextDeadline());
      if (fds[1].revents != 0) {
        signalfd_siginfo unused;
        while (read(signals_, &unused, sizeof(unused)) > 0) {
        }
      }
      Reap();
      std::erase_if(ended_, [](const ChildCgroup& cgroup) { return cgroup.Remove(); });
      KillOverdue();
      if (fds[0].revents != 0 && !Handle()) break;
    }
    KillAll();
    for (const ChildCgroup& cgroup : ended_) cgroup.Remove();
    for (const auto& [pid, child] : children_) {
      if (child.cgroup.has_value()) child.cgroup->Remove();
    }
  }

 private:
  // Includes processes that left their group: we are the reaper of all descendants, so each becomes
  // our child once those between us have ended.
  static void KillAll() {
    do {
      for (const pid_t pid : ChildrenOf(getpid())) kill(pid, SIGKILL);
    } while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR);
  }

  bool Handle() {
    Json message;
    std::vector<int> fds;
    if (!Receive(socket_, &message, &fds)) return false;
    if (message.is_object() && message.contains("spawn") && fds.size() >= 3) Spawn(message, fds);
    if (message.is_object() && message.contains("signal"))
      Signal(message["signal"], message["number"]);
    if (message.is_object() && message.contains("renew"))
      Renew(message["renew"], message["deadline"]);
    for (const int fd : fds) close(fd);
    return true;
  }

  void Spawn(const Json& message, const std::vector<int>& fds) {
    std::optional<ChildCgroup> cgroup;
    if (cgroups_.has_value()) {
      auto made = cgroups_->Make(message["spawn"], LimitsOf(message));
      if (!made.ok()) {
        const std::string why(made.status().message());
        return Answer(socket_, {{"started", message["spawn"]}, {"error", EAGAIN}, {"why", why}});
      }
      cgroup = *std::move(made);
    }
    pid_t pid = -1;
    const int error = Start(message, fds, cgroup, &pid);
    if (error == 0) {
      children_[pid] = {message["spawn"], message.value("deadline", 0.0), message.value("cpu", 0),
                        std::move(cgroup)};
    } else if (cgroup.has_value()) {
      ended_.push_back(*std::move(cgroup));
    }
    Answer(socket_, {{"started", message["spawn"]}, {"error", error}});
  }

  // 0 once the program runs, else why not, as errno has it.
  static int Start(const Json& message, const std::vector<int>& fds,
                   const std::optional<ChildCgroup>& cgroup, pid_t* pid) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return errno;
    *pid = fork();
    if (*pid == 0) Exec(message, fds, cgroup, report[1]);
    int error = errno;
    close(report[1]);
    if (*pid > 0) {
      setpgid(*pid, *pid);  // in both processes, since either may run first
      if (read(report[0], &error, sizeof(error)) <= 0) error = 0;
      if (error != 0) waitpid(*pid, nullptr, 0);
    }
    close(report[0]);
    return error;
  }

  void Signal(int64_t id, int number) {
    for (const auto& [pid, child] : children_) {
      if (child.id != id) continue;
      if (number == SIGKILL)
        Kill(pid, child);
      else
        kill(-pid, number);
    }
  }

  // All that the child started, and with a control group also what left the process group.
  static void Kill(pid_t pid, const Supervised& child) {
    kill(-pid, SIGKILL);
    if (child.cgroup.has_value()) child.cgroup->Kill();
  }

  void Renew(int64_t id, double deadline) {
    for (auto& [pid, child] : children_) {
      if (child.id == id) child.deadline = deadline;
    }
  }

  int MsToNextDeadline() const {
    double seconds = 1;
    const double now = BootTime();
    for (const auto& [pid, child] : children_) {
      if (child.deadline != 0) seconds = std::min(seconds, child.deadline - now);
    }
    return static_cast<int>(std::max(seconds, 0.0) * 1000) + 1;
  }

  void KillOverdue() {
    for (const auto& [pid, child] : children_) {
      if (IsPast(child.deadline)) Kill(pid, child);
    }
  }

  void Reap() {
    int status = 0;
    rusage used{};
    for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &used)) > 0;) {
      const auto found = children_.find(pid);
      if (found == children_.end()) continue;  // an orphaned grandchild
      Supervised& child = found->second;
      Kill(pid, child);  // what the child left behind
      Answer(socket_,
             {{"exited", child.id},
              {"status", WithCause(status, used, child.cpu_seconds)},
              {"out_of_memory", child.cgroup.has_value() && child.cgroup->RanOutOfMemory()}});
      if (child.cgroup.has_value()) ended_.push_back(*std::move(child.cgroup));
      children_.erase(found);
    }
  }

  const int socket_;
  const std::optional<ChildCgroups> cgroups_;
  int signals_;
  std::map<pid_t, Supervised> children_;
  std::vector<ChildCgroup> ended_;  // still to be removed
};

}  // namespace

void SuperviseChildren(int socket, std::optional<ChildCgroups> cgroups) {
  Loop(socket, std::move(cgroups)).Serve();
  _exit(0);
}

}  // namespace wheelhouse

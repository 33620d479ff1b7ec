#include "client/cli/shell/child.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

constexpr size_t kMostOfErrors = 4 << 10;
constexpr absl::Duration kGrace = absl::Seconds(2);  // from SIGTERM to SIGKILL

class Pipe {
 public:
  Pipe() { opened_ = pipe2(ends_.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    Close(0);
    Close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool opened() const { return opened_; }
  int end(size_t which) const { return ends_[which]; }
  void Close(size_t which) {
    if (ends_[which] >= 0) close(ends_[which]);
    ends_[which] = -1;
  }

 private:
  std::array<int, 2> ends_ = {-1, -1};
  bool opened_ = false;
};

std::vector<std::string> EnvironmentOf(const ChildSpec& spec) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool replaced =
        std::ranges::find(spec.unset, name) != spec.unset.end() ||
        std::ranges::any_of(spec.set, [&](const auto& pair) { return pair.first == name; });
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : spec.set) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class Child {
 public:
  explicit Child(const ChildSpec& spec) : spec_(spec), deadline_(absl::Now() + spec.timeout) {}
  ~Child() {
    if (pid_ > 0) Kill();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  absl::Status Start() {
    if (!in_.opened() || !out_.opened() || !err_.opened())
      return absl::NotFoundError(absl::StrCat("no pipe: ", std::strerror(errno)));
    std::vector<std::string> argv = spec_.argv, environment = EnvironmentOf(spec_);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in_.end(0), 0);
    posix_spawn_file_actions_adddup2(&files, out_.end(1), 1);
    posix_spawn_file_actions_adddup2(&files, err_.end(1), 2);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // This program's own way with signals (interrupt.h) is none of the child's.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    const int failed = posix_spawnp(&pid_, argv[0].c_str(), &files, &attributes,
                                    Pointers(&argv).data(), Pointers(&environment).data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    in_.Close(0);
    out_.Close(1);
    err_.Close(1);
    if (failed == 0) return absl::OkStatus();
    pid_ = -1;
    return absl::NotFoundError(
        absl::StrCat("cannot start ", spec_.argv[0], ": ", std::strerror(failed)));
  }

  absl::StatusOr<ChildResult> Finish() {
    fcntl(in_.end(1), F_SETFL, O_NONBLOCK);
    if (spec_.stdin_data.empty()) in_.Close(1);
    while (out_.end(0) >= 0 || err_.end(0) >= 0) RETURN_IF_ERROR(Exchange());
    int status = 0;
    // It has closed its output: it ends, or is ended.
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      if (absl::Now() > deadline_) return TooLong();
      absl::SleepFor(absl::Milliseconds(1));
    }
    pid_ = -1;
    result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return std::move(result_);
  }

 private:
  absl::Status TooLong() const {
    return absl::DeadlineExceededError(
        absl::StrCat(spec_.argv[0], " took longer than ", absl::FormatDuration(spec_.timeout)));
  }

  absl::Status Exchange() {
    std::array<pollfd, 3> polled = {pollfd{out_.end(0), POLLIN, 0}, pollfd{err_.end(0), POLLIN, 0},
                                    pollfd{in_.end(1), POLLOUT, 0}};
    const absl::Duration left = deadline_ - absl::Now();
    if (left <= absl::ZeroDuration()) return TooLong();
    poll(polled.data(), polled.size(), static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (polled[0].revents != 0) Read(&out_, &result_.out);
    if (polled[1].revents != 0) Read(&err_, &result_.err);
    if (polled[2].revents != 0) Write();
    if (result_.out.size() > spec_.most_bytes)
      return absl::ResourceExhaustedError(
          absl::StrCat(spec_.argv[0], " says more than ", spec_.most_bytes, " bytes"));
    if (result_.err.size() > 2 * kMostOfErrors)
      result_.err.erase(0, result_.err.size() - kMostOfErrors);
    return absl::OkStatus();
  }

  static void Read(Pipe* pipe, std::string* to) {
    std::array<char, 64 << 10> buffer;
    const ssize_t got = read(pipe->end(0), buffer.data(), buffer.size());
    if (got > 0) to->append(buffer.data(), static_cast<size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) pipe->Close(0);
  }

  void Write() {
    const ssize_t put =
        write(in_.end(1), spec_.stdin_data.data() + written_, spec_.stdin_data.size() - written_);
    if (put > 0) written_ += static_cast<size_t>(put);
    const bool broken = put < 0 && errno != EAGAIN && errno != EINTR;
    if (broken || written_ == spec_.stdin_data.size()) in_.Close(1);
  }

  void Kill() {
    kill(pid_, SIGTERM);
    const absl::Time end = absl::Now() + kGrace;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (absl::Now() > end) kill(pid_, SIGKILL);
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  const ChildSpec& spec_;
  const absl::Time deadline_;
  Pipe in_, out_, err_;
  pid_t pid_ = -1;
  size_t written_ = 0;
  ChildResult result_;
};

// A child that does not read what it is given is no reason to end.
class PipeSignalIgnored {
 public:
  PipeSignalIgnored() : before_(signal(SIGPIPE, SIG_IGN)) {}
  ~PipeSignalIgnored() { signal(SIGPIPE, before_); }
  PipeSignalIgnored(const PipeSignalIgnored&) = delete;
  PipeSignalIgnored& operator=(const PipeSignalIgnored&) = delete;

 private:
  void (*const before_)(int);
};

}  // namespace

absl::StatusOr<ChildResult> RunChild(const ChildSpec& spec) {
  const PipeSignalIgnored ignored;
  Child child(spec);
  RETURN_IF_ERROR(child.Start());
  return child.Finish();
}

}  // namespace wheelhouse::cli

#include "common/supervisor.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "common/boot_clock.h"
#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/supervisor_process.h"

namespace wheelhouse {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kShortestLook = absl::Milliseconds(10);

// A descriptor that closes itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

struct Pipe {
  Fd read, write;
};

absl::StatusOr<Pipe> MakePipe() {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return MakeFailure(Reason::kInternal, absl::StrCat("pipe: ", strerror(errno)));
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

// As messages tell it; 0: none.
double Deadline(absl::Duration bound) {
  return bound == absl::InfiniteDuration() ? 0 : absl::ToDoubleSeconds(bound);
}

// Keeps the first `limit` bytes of stdout, or the last of stderr.
void Keep(std::string* kept, absl::string_view data, size_t limit, bool newest, bool* truncated) {
  kept->append(data.data(), data.size());
  if (kept->size() <= limit) return;
  *truncated = true;
  newest ? kept->erase(0, kept->size() - limit) : kept->erase(limit);
}

}  // namespace

// One child, shared between the thread that waits for it and the reader of answers.
struct Supervisor::Child {
  int64_t id = 0;
  Fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Mutex mutex;
  std::optional<int> start_error ABSL_GUARDED_BY(mutex);
  std::optional<int> status ABSL_GUARDED_BY(mutex);
  bool lost ABSL_GUARDED_BY(mutex) = false;

  void Wake() const {
    const uint64_t one = 1;
    (void)!write(wake.get(), &one, sizeof(one));
  }
  void Drain() const {
    uint64_t unused;
    (void)!read(wake.get(), &unused, sizeof(unused));
  }
};

absl::StatusOr<std::unique_ptr<Supervisor>> Supervisor::Start() {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return MakeFailure(Reason::kInternal, absl::StrCat("socketpair: ", strerror(errno)));
  }
  const pid_t pid = fork();
  if (pid < 0) return MakeFailure(Reason::kInternal, absl::StrCat("fork: ", strerror(errno)));
  if (pid == 0) {
    close(sockets[0]);
    SuperviseChildren(sockets[1]);
  }
  close(sockets[1]);
  return std::unique_ptr<Supervisor>(new Supervisor(sockets[0], pid));
}

Supervisor::Supervisor(int socket, int pid) : socket_(socket), pid_(pid) {
  reader_ = std::thread([this] { ReadAnswers(); });
}

Supervisor::~Supervisor() {
  shutdown(socket_, SHUT_RDWR);
  reader_.join();
  close(socket_);
  waitpid(pid_, nullptr, 0);
}

void Supervisor::ReadAnswers() {
  std::vector<char> buffer(64 << 10);
  while (true) {
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    const Json answer = Json::parse(buffer.data(), buffer.data() + size, nullptr, false);
    if (!answer.is_object()) continue;
    const bool started = answer.contains("started");
    MutexLock lock(&mutex_);
    const auto found = children_.find(answer.value(started ? "started" : "exited", int64_t{0}));
    if (found == children_.end()) continue;
    {
      MutexLock child_lock(&found->second->mutex);
      started ? found->second->start_error = answer.value("error", 0)
              : found->second->status = answer.value("status", 0);
    }
    found->second->Wake();
  }
  MutexLock lock(&mutex_);
  lost_ = true;
  for (const auto& [id, child] : children_) {
    MutexLock child_lock(&child->mutex);
    child->lost = true;
    child->Wake();
  }
}

void Supervisor::Signal(int64_t id, int number) {
  const std::string text = Json{{"signal", id}, {"number", number}}.dump();
  (void)!send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
}

void Supervisor::Renew(int64_t id, absl::Duration bound) {
  const std::string text = Json{{"renew", id}, {"deadline", Deadline(bound)}}.dump();
  (void)!send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
}

absl::Status Supervisor::Spawn(const std::shared_ptr<Child>& child, const ProcessSpec& spec,
                               const int (&fds)[3], absl::Duration bound) {
  const Json message = {{"spawn", child->id},
                        {"argv", spec.argv},
                        {"env", spec.env},
                        {"cwd", spec.working_directory.empty() ? "/" : spec.working_directory},
                        {"deadline", Deadline(bound)}};
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  iovec data{const_cast<char*>(text.data()), text.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(fds))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(sizeof(fds));
  memcpy(CMSG_DATA(part), fds, sizeof(fds));
  if (sendmsg(socket_, &header, MSG_NOSIGNAL) < 0) {
    return MakeFailure(Reason::kInternal,
                       absl::StrCat("the supervisor cannot be reached: ", strerror(errno)));
  }
  return absl::OkStatus();
}

namespace {

// Splits a stream into lines for a callback, which may be none.
class Lines {
 public:
  explicit Lines(const std::function<void(absl::string_view)>& on_line) : on_line_(on_line) {}

  void Add(const std::string& data) {
    if (!on_line_) return;
    partial_ += data;
    size_t begin = 0;
    for (size_t end; (end = partial_.find('\n', begin)) != std::string::npos; begin = end + 1)
      on_line_(absl::string_view(partial_).substr(begin, end - begin));
    partial_.erase(0, begin);
    if (partial_.size() > (64u << 10)) Finish();  // a line without an end
  }

  void Finish() {
    if (!partial_.empty()) on_line_(partial_);
    partial_.clear();
  }

 private:
  const std::function<void(absl::string_view)>& on_line_;
  std::string partial_;
};

// Moves what the pipes hold.
class Streams {
 public:
  Streams(const ProcessSpec& spec, Fd in, Fd out, Fd err, ProcessResult* result)
      : spec_(spec),
        in_(std::move(in)),
        out_(std::move(out)),
        err_(std::move(err)),
        out_lines_(spec.on_stdout_line),
        err_lines_(spec.on_stderr_line),
        result_(result) {
    for (const Fd* fd : {&in_, &out_, &err_}) fcntl(fd->get(), F_SETFL, O_NONBLOCK);
    if (spec_.stdin_data.empty()) in_.Close();
  }

  // Waits for any of them, or for `wake`, at most `bound`. False when nothing came of them.
  bool Pump(int wake, absl::Duration bound) {
    pollfd fds[] = {{wake, POLLIN, 0},
                    {out_.get(), POLLIN, 0},
                    {err_.get(), POLLIN, 0},
                    {in_.get(), POLLOUT, 0}};
    const int64_t ms = absl::ToInt64Milliseconds(std::min(bound, absl::Hours(1)));
    poll(fds, 4, static_cast<int>(ms) + 1);
    if (fds[1].revents != 0) ReadOut();
    if (fds[2].revents != 0) ReadErr();
    if (fds[3].revents != 0) WriteIn();
    return fds[1].revents != 0 || fds[2].revents != 0;
  }

  // What is in them now. Of a child that has ended that is all: whoever holds them open is not it,
  // and may write for ever. No pipe holds more than so many reads, unless root made it larger.
  void Drain(int wake) {
    constexpr int kReadsOfLargestPipe = 16;
    for (int i = 0; i < kReadsOfLargestPipe && Pump(wake, absl::ZeroDuration()); ++i) {
    }
  }

  void Finish() {
    out_lines_.Finish();
    err_lines_.Finish();
  }

 private:
  // False at the end of the stream.
  static bool Read(Fd* fd, std::string* data) {
    char buffer[64 << 10];
    const ssize_t size = read(fd->get(), buffer, sizeof(buffer));
    if (size > 0) data->assign(buffer, static_cast<size_t>(size));
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) fd->Close();
    return size > 0;
  }

  void ReadOut() {
    std::string data;
    if (!Read(&out_, &data)) return;
    Keep(&result_->out, data, spec_.stdout_limit, false, &result_->truncated);
    out_lines_.Add(data);
  }

  void ReadErr() {
    std::string data;
    if (!Read(&err_, &data)) return;
    Keep(&result_->err, data, spec_.stderr_limit, true, &result_->truncated);
    err_lines_.Add(data);
  }

  void WriteIn() {
    const ssize_t size =
        write(in_.get(), spec_.stdin_data.data() + written_, spec_.stdin_data.size() - written_);
    if (size > 0) written_ += static_cast<size_t>(size);
    if (written_ == spec_.stdin_data.size() || (size < 0 && errno != EAGAIN && errno != EINTR))
      in_.Close();
  }

  const ProcessSpec& spec_;
  Fd in_, out_, err_;
  Lines out_lines_, err_lines_;
  ProcessResult* const result_;
  size_t written_ = 0;
};

}  // namespace

absl::StatusOr<ProcessResult> Supervisor::Run(const Context& context, const ProcessSpec& spec) {
  RETURN_IF_ERROR(context.Check());
  ASSIGN_OR_RETURN(Pipe in, MakePipe());
  ASSIGN_OR_RETURN(Pipe out, MakePipe());
  ASSIGN_OR_RETURN(Pipe err, MakePipe());
  auto child = std::make_shared<Child>();
  {
    MutexLock lock(&mutex_);
    if (lost_)
      return MakeFailure(Reason::kInternal, "the supervisor has ended: restart the daemon");
    child->id = ++last_id_;
    children_[child->id] = child;
  }
  const int fds[3] = {in.read.get(), out.write.get(), err.write.get()};
  absl::Duration fence_bound = context.FenceBound();  // as the supervisor knows it
  absl::Status spawned = Spawn(child, spec, fds, fence_bound);
  in.read.Close();
  out.write.Close();
  err.write.Close();

  ProcessResult result;
  Streams streams(spec, std::move(in.write), std::move(out.read), std::move(err.read), &result);
  const auto wakeup = context.OnCancel([child] { child->Wake(); });
  absl::Status ended;                     // what the Context ended with
  std::optional<absl::Duration> kill_at;  // on the steady clock
  std::optional<int> status;
  while (true) {
    {
      MutexLock lock(&child->mutex);
      if (child->start_error.value_or(0) != 0) {
        const std::string text = absl::StrCat(spec.argv[0], ": ", strerror(*child->start_error));
        spawned = *child->start_error == EACCES ? absl::PermissionDeniedError(text)
                                                : absl::NotFoundError(text);
        break;
      }
      if (child->lost)
        spawned = MakeFailure(Reason::kInternal, "the supervisor has ended: restart the daemon");
      status = child->status;
    }
    if (!spawned.ok()) break;
    if (status.has_value()) {
      streams.Drain(child->wake.get());
      break;
    }
    if (ended.ok()) {
      ended = context.Check();
      if (!ended.ok()) {
        // Behind a fence that is shut nothing may go on, not even to end in order.
        const bool at_once = context.FenceBound() <= SystemBootClock().Now();
        Signal(child->id, at_once ? SIGKILL : SIGTERM);
        if (!at_once) kill_at = SteadyNow() + spec.grace;
      } else if (const absl::Duration moved = context.FenceBound(); moved != fence_bound) {
        fence_bound = moved;
        Renew(child->id, fence_bound);
      }
    }
    if (kill_at.has_value() && SteadyNow() >= *kill_at) {
      Signal(child->id, SIGKILL);
      kill_at.reset();
    }
    const absl::Duration bound = kill_at.has_value()
                                     ? std::max(*kill_at - SteadyNow(), absl::ZeroDuration())
                                 : ended.ok() ? context.Remaining()
                                              : absl::Seconds(1);
    // In time to tell the supervisor that the bound was moved on.
    const absl::Duration look =
        std::max((fence_bound - SystemBootClock().Now()) / 2, kShortestLook);
    streams.Pump(child->wake.get(), std::min(bound, look));
    child->Drain();
  }
  {
    MutexLock lock(&mutex_);
    children_.erase(child->id);
  }
  // The supervisor starts nothing, and kills, when the fence's bound has passed; who was frozen
  // with us sees only that.
  if (!spawned.ok()) RETURN_IF_ERROR(context.Check());
  RETURN_IF_ERROR(spawned);
  streams.Finish();
  RETURN_IF_ERROR(ended);
  result.signal = WIFSIGNALED(*status) ? WTERMSIG(*status) : 0;
  if (result.signal != 0) RETURN_IF_ERROR(context.Check());
  result.exit_code = WIFSIGNALED(*status) ? 128 + result.signal : WEXITSTATUS(*status);
  return result;
}

}  // namespace wheelhouse

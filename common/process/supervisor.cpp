#include "common/process/supervisor.h"

#include <absl/strings/str_cat.h>
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
#include <vector>

#include "common/boot_clock.h"
#include "common/clock.h"
#include "common/failure.h"
#include "common/process/child_streams.h"
#include "common/process/supervisor_process.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kShortestLook = absl::Milliseconds(10);

// As messages carry it; 0 for none.
double Deadline(absl::Duration bound) {
  return bound == absl::InfiniteDuration() ? 0 : absl::ToDoubleSeconds(bound);
}

// The system has no room for another process now; other errors are about the program.
bool IsShortage(int error) {
  return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

absl::Status Lost() {
  return MakeFailure(Reason::kInternal, "the supervisor has ended: restart the daemon");
}

}  // namespace

struct Supervisor::Ended {
  int status = 0;  // as wait reports it
  bool out_of_memory = false;
};

// One child, shared between the thread that waits for it and the reader of answers.
struct Supervisor::Child {
  int64_t id = 0;
  Fd wake{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Mutex mutex;
  int start_error ABSL_GUARDED_BY(mutex) = 0;
  std::string start_cause ABSL_GUARDED_BY(mutex);  // where start_error does not say it all
  std::optional<Ended> ended ABSL_GUARDED_BY(mutex);
  bool lost ABSL_GUARDED_BY(mutex) = false;

  // How it has ended, once it has; an error when it could not be started or is lost.
  absl::StatusOr<std::optional<Ended>> Status(const std::string& program) {
    MutexLock lock(&mutex);
    if (start_error != 0) {
      const std::string text =
          absl::StrCat(program, ": ", start_cause.empty() ? strerror(start_error) : start_cause);
      if (IsShortage(start_error)) return MakeFailure(Reason::kInternal, text);
      return start_error == EACCES ? absl::PermissionDeniedError(text) : absl::NotFoundError(text);
    }
    if (!ended.has_value() && lost) return Lost();
    return ended;
  }

  // What the supervisor says of it.
  void Take(const Json& answer) {
    MutexLock lock(&mutex);
    if (answer.contains("exited")) {
      ended = {answer.value("status", 0), answer.value("out_of_memory", false)};
    } else {
      start_error = answer.value("error", 0);
      start_cause = answer.value("why", "");
    }
  }

  void Wake() const {
    const uint64_t one = 1;
    (void)!write(wake.get(), &one, sizeof(one));
  }
  void Drain() const {
    uint64_t unused;
    (void)!read(wake.get(), &unused, sizeof(unused));
  }
};

absl::StatusOr<std::unique_ptr<Supervisor>> Supervisor::Start(std::optional<ChildCgroups> cgroups) {
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
    return MakeFailure(Reason::kInternal, absl::StrCat("socketpair: ", strerror(errno)));
  }
  const pid_t pid = fork();
  if (pid < 0) return MakeFailure(Reason::kInternal, absl::StrCat("fork: ", strerror(errno)));
  if (pid == 0) {
    close(sockets[0]);
    SuperviseChildren(sockets[1], std::move(cgroups));
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
    found->second->Take(answer);
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

void Supervisor::Limit(const ChildLimits& limits) {
  MutexLock lock(&mutex_);
  limits_ = limits;
}

absl::Status Supervisor::Spawn(int64_t id, const ProcessSpec& spec, const std::vector<int>& fds,
                               absl::Duration bound) {
  ChildLimits limits;
  {
    MutexLock lock(&mutex_);
    limits = limits_;
  }
  const Json message = {{"spawn", id},
                        {"argv", spec.argv},
                        {"env", WithGoLimits(limits, spec.env)},
                        {"memory", limits.memory_bytes},
                        {"file", limits.file_bytes},
                        {"cpus", limits.cpus},
                        {"cpu", limits.cpu_seconds},
                        {"cwd", spec.working_directory.empty() ? "/" : spec.working_directory},
                        {"deadline", Deadline(bound)}};
  const std::string text = message.dump(-1, ' ', false, Json::error_handler_t::replace);
  iovec data{const_cast<char*>(text.data()), text.size()};
  const size_t size = fds.size() * sizeof(int);
  alignas(cmsghdr) char control[CMSG_SPACE((3 + kMostDescriptors) * sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(size);
  cmsghdr* part = CMSG_FIRSTHDR(&header);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(size);
  memcpy(CMSG_DATA(part), fds.data(), size);
  if (sendmsg(socket_, &header, MSG_NOSIGNAL) < 0) {
    return MakeFailure(Reason::kInternal,
                       absl::StrCat("the supervisor cannot be reached: ", strerror(errno)));
  }
  return absl::OkStatus();
}

// Ends the child when its Context has ended, and tells the supervisor when the fence's bound moves.
class Supervisor::Leash {
 public:
  Leash(Supervisor& supervisor, const Context& context, int64_t child, absl::Duration grace)
      : supervisor_(supervisor),
        context_(context),
        child_(child),
        grace_(grace),
        fence_bound_(context.FenceBound()) {}

  // As the supervisor knows it.
  absl::Duration fence_bound() const { return fence_bound_; }
  // What the Context ended with, once the child was signalled.
  const absl::Status& ended() const { return ended_; }

  // Sends what is due.
  void SendDue() {
    if (ended_.ok()) ended_ = context_.Check();
    if (!ended_.ok())
      End();
    else if (context_.FenceBound() != fence_bound_)
      supervisor_.Renew(child_, fence_bound_ = context_.FenceBound());
  }

  absl::Duration UntilNext() const {
    // Early enough to tell the supervisor that the bound has moved.
    const absl::Duration look =
        std::max((fence_bound_ - SystemBootClock().Now()) / 2, kShortestLook);
    const absl::Duration due = ended_.ok()            ? context_.Remaining()
                               : kill_at_.has_value() ? *kill_at_ - SteadyNow()
                                                      : absl::Seconds(1);
    return std::clamp(due, absl::ZeroDuration(), look);
  }

 private:
  void End() {
    if (!signalled_) {
      // Nothing may go on behind a shut fence, not even an orderly exit.
      const bool at_once = context_.FenceBound() <= SystemBootClock().Now();
      supervisor_.Signal(child_, at_once ? SIGKILL : SIGTERM);
      if (!at_once) kill_at_ = SteadyNow() + grace_;
      signalled_ = true;
    }
    if (!kill_at_.has_value() || SteadyNow() < *kill_at_) return;
    supervisor_.Signal(child_, SIGKILL);
    kill_at_.reset();
  }

  Supervisor& supervisor_;
  const Context& context_;
  const int64_t child_;
  const absl::Duration grace_;
  absl::Duration fence_bound_;
  absl::Status ended_;
  bool signalled_ = false;
  std::optional<absl::Duration> kill_at_;  // on the steady clock
};

absl::StatusOr<std::shared_ptr<Supervisor::Child>> Supervisor::NewChild() {
  MutexLock lock(&mutex_);
  if (lost_) return Lost();
  auto child = std::make_shared<Child>();
  child->id = ++last_id_;
  children_[child->id] = child;
  return child;
}

void Supervisor::Forget(int64_t id) {
  MutexLock lock(&mutex_);
  children_.erase(id);
}

// Waits until the child has ended; an error when it never started.
absl::StatusOr<Supervisor::Ended> Supervisor::Await(const Context& context,
                                                    const std::shared_ptr<Child>& child,
                                                    const std::string& program, Leash& leash,
                                                    ChildStreams& streams) {
  const auto wakeup = context.OnCancel([child] { child->Wake(); });
  while (true) {
    ASSIGN_OR_RETURN(const std::optional<Ended> ended, child->Status(program));
    if (ended.has_value()) {
      streams.Drain(child->wake.get());
      return *ended;
    }
    leash.SendDue();
    streams.Pump(child->wake.get(), leash.UntilNext());
    child->Drain();
  }
}

absl::StatusOr<ProcessResult> Supervisor::Run(const Context& context, const ProcessSpec& spec) {
  RETURN_IF_ERROR(context.Check());
  if (spec.descriptors.size() > kMostDescriptors)
    return MakeFailure(Reason::kInternal, "too many descriptors for one child");
  ASSIGN_OR_RETURN(Pipe in, MakePipe());
  ASSIGN_OR_RETURN(Pipe out, MakePipe());
  ASSIGN_OR_RETURN(Pipe err, MakePipe());
  ASSIGN_OR_RETURN(const std::shared_ptr<Child> child, NewChild());
  Leash leash(*this, context, child->id, spec.grace);
  std::vector<int> fds = {in.read.get(), out.write.get(), err.write.get()};
  fds.insert(fds.end(), spec.descriptors.begin(), spec.descriptors.end());
  const absl::Status spawned = Spawn(child->id, spec, fds, leash.fence_bound());
  in.read.Close();
  out.write.Close();
  err.write.Close();

  ProcessResult result;
  ChildStreams streams(spec, std::move(in.write), std::move(out.read), std::move(err.read),
                       &result);
  const absl::StatusOr<Ended> ended =
      spawned.ok() ? Await(context, child, spec.argv[0], leash, streams) : spawned;
  Forget(child->id);
  // Once the fence's bound has passed, the supervisor starts nothing and kills what runs. A child
  // that was frozen together with us shows only that; the Context has the cause.
  if (!ended.ok()) RETURN_IF_ERROR(context.Check());
  RETURN_IF_ERROR(ended.status());
  streams.Finish();
  RETURN_IF_ERROR(leash.ended());
  result.signal = WIFSIGNALED(ended->status) ? WTERMSIG(ended->status) : 0;
  result.out_of_memory = ended->out_of_memory;
  if (result.signal != 0) RETURN_IF_ERROR(context.Check());
  result.exit_code = result.signal != 0 ? 128 + result.signal : WEXITSTATUS(ended->status);
  return result;
}

}  // namespace wheelhouse

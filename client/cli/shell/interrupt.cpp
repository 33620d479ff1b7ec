#include "client/cli/shell/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

constexpr long kTickNanos = 100'000'000;
constexpr int kTickMillis = 100;
constexpr char kQuestion[] =
    "Cancel the run (c), detach from it (d), or continue (any other key)? Ctrl-C again leaves.";

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// The signal that came, or 0.
int SignalWithin(long nanos) {
  const sigset_t set = Signals();
  const timespec time{0, nanos};
  return std::max(sigtimedwait(&set, nullptr, &time), 0);
}

// While it lives, a key arrives without Enter and is not echoed.
class SingleKeys {
 public:
  SingleKeys() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios keys = before_;
    keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    changed_ = tcsetattr(STDIN_FILENO, TCSANOW, &keys) == 0;
  }
  ~SingleKeys() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

// 0 when a signal came or `stop` was set first.
char Key(const std::atomic<bool>& stop) {
  const SingleKeys keys;
  while (!stop) {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    char key = 'c';  // when the terminal is gone
    if (poll(&in, 1, kTickMillis) > 0) return read(STDIN_FILENO, &key, 1) == 1 ? key : 'c';
    if (SignalWithin(0) != 0) return 0;
  }
  return 0;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = Signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { Listen({}, Answer::kGoOn); });
}

Interrupt::~Interrupt() {
  Stop();
  const sigset_t set = Signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt::Start(Handlers handlers, Answer unasked) {
  Stop();
  stop_ = false;
  thread_ =
      std::thread([this, handlers = std::move(handlers), unasked] { Listen(handlers, unasked); });
}

void Interrupt::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Interrupt::Listen(const Handlers& handlers, Answer unasked) {
  bool first = true;
  while (!stop_) {
    const int signal = SignalWithin(kTickNanos);
    if (signal == 0) continue;
    if (!first || !handlers.act) _exit(kExitCancelled);
    Answer answer = unasked;
    if (signal == SIGINT && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
      handlers.show(kQuestion);
      const char key = Key(stop_);
      if (stop_) return;
      if (key == 0) _exit(kExitCancelled);
      handlers.show("");
      answer = key == 'c' ? Answer::kCancel : key == 'd' ? Answer::kDetach : Answer::kGoOn;
    }
    if (answer == Answer::kGoOn) continue;
    first = false;
    handlers.act(answer);
  }
}

}  // namespace wheelhouse::cli

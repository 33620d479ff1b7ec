#include "client/cli/shell/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <cstdint>

#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

constexpr char kQuestion[] =
    "Cancel the run (c), detach from it (d), or continue (any other key)? Ctrl-C again leaves.";

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
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

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = Signals();
  signals_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  stop_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!works()) return;  // a signal ends the program then, as it does by itself
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
  if (!works()) return;
  thread_ =
      std::thread([this, handlers = std::move(handlers), unasked] { Listen(handlers, unasked); });
}

void Interrupt::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
  eventfd_t written = 0;
  eventfd_read(stop_.get(), &written);
}

Interrupt::Event Interrupt::Await(bool keys, int* signal) const {
  pollfd on[] = {{stop_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (true) {
    if (poll(on, keys ? 3 : 2, -1) < 0) continue;  // interrupted, by SIGWINCH say
    if (on[0].revents != 0) return Event::kStop;
    signalfd_siginfo came{};
    if (on[1].revents != 0 && read(signals_.get(), &came, sizeof came) == sizeof came) {
      *signal = static_cast<int>(came.ssi_signo);
      return Event::kSignal;
    }
    if (keys && on[2].revents != 0) return Event::kKey;
  }
}

Interrupt::Event Interrupt::AwaitKey(char* key) const {
  const SingleKeys single;
  int signal = 0;
  const Event event = Await(true, &signal);
  *key = 'c';  // when the terminal is gone
  if (event == Event::kKey) (void)!read(STDIN_FILENO, key, 1);
  return event;
}

void Interrupt::Listen(const Handlers& handlers, Answer unasked) {
  bool first = true;
  int signal = 0;
  while (Await(false, &signal) == Event::kSignal) {
    if (!first || !handlers.act) _exit(kExitCancelled);
    Answer answer = unasked;
    if (signal == SIGINT && isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
      handlers.show(kQuestion);
      char key = 0;
      const Event event = AwaitKey(&key);
      if (event == Event::kStop) return;
      if (event == Event::kSignal) _exit(kExitCancelled);
      handlers.show("");
      answer = key == 'c' ? Answer::kCancel : key == 'd' ? Answer::kDetach : Answer::kGoOn;
    }
    if (answer == Answer::kGoOn) continue;
    first = false;
    handlers.act(answer);
  }
}

}  // namespace wheelhouse::cli

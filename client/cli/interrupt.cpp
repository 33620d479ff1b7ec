#include "client/cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

constexpr long kTickNanos = 100'000'000;
constexpr int kTickMillis = 100;

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

bool SignalWithin(long nanos) {
  const sigset_t set = Signals();
  const timespec time{0, nanos};
  return sigtimedwait(&set, nullptr, &time) > 0;
}

Answer Ask(const std::atomic<bool>& stop) {
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) return Answer::kCancel;
  std::cerr << "\nCancel the run, or detach from it? [c/d] " << std::flush;
  while (!stop) {
    pollfd in{STDIN_FILENO, POLLIN, 0};
    char letter = 'c';
    if (poll(&in, 1, kTickMillis) > 0)
      return read(STDIN_FILENO, &letter, 1) == 1 && letter == 'd' ? Answer::kDetach
                                                                  : Answer::kCancel;
    if (SignalWithin(0)) _exit(kExitCancelled);
  }
  return Answer::kDetach;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = Signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { Listen(nullptr); });
}

Interrupt::~Interrupt() {
  Stop();
  const sigset_t set = Signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void Interrupt::Start(std::function<void(Answer)> act) {
  Stop();
  stop_ = false;
  thread_ = std::thread([this, act = std::move(act)] { Listen(act); });
}

void Interrupt::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Interrupt::Listen(const std::function<void(Answer)>& act) {
  bool first = true;
  while (!stop_) {
    if (!SignalWithin(kTickNanos)) continue;
    if (!first || !act) _exit(kExitCancelled);
    first = false;
    const Answer answer = Ask(stop_);
    if (!stop_) act(answer);
  }
}

}  // namespace wheelhouse::cli

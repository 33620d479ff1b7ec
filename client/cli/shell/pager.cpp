#include "client/cli/shell/pager.h"

#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace wheelhouse::cli {
namespace {

constexpr int kNotFound = 127;  // the shell's exit code

bool FitsOn(int terminal, const std::string& text) {
  winsize size{};
  if (ioctl(terminal, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return true;
  return std::count(text.begin(), text.end(), '\n') < size.ws_row;
}

// Ctrl-C is the pager's, and a reader who leaves it before the end is no error.
class SignalsIgnored {
 public:
  SignalsIgnored() : interrupt_(signal(SIGINT, SIG_IGN)), pipe_(signal(SIGPIPE, SIG_IGN)) {}
  ~SignalsIgnored() {
    signal(SIGINT, interrupt_);
    signal(SIGPIPE, pipe_);
  }
  SignalsIgnored(const SignalsIgnored&) = delete;
  SignalsIgnored& operator=(const SignalsIgnored&) = delete;

 private:
  void (*const interrupt_)(int);
  void (*const pipe_)(int);
};

// False when the pager could not be started.
bool PageThrough(const char* pager, const std::string& text) {
  const SignalsIgnored ignored;
  FILE* const pipe = popen(pager, "we");
  if (pipe == nullptr) return false;
  fwrite(text.data(), 1, text.size(), pipe);
  const int ended = pclose(pipe);
  return !WIFEXITED(ended) || WEXITSTATUS(ended) != kNotFound;
}

}  // namespace

void Page(const Console& console, const std::string& text) {
  const char* const set = getenv("PAGER");
  const std::string pager = set == nullptr ? "less -R" : set;
  console.out.flush();
  if (console.terminal >= 0 && !pager.empty() && !FitsOn(console.terminal, text) &&
      PageThrough(pager.c_str(), text))
    return;
  console.out << text << std::flush;
}

}  // namespace wheelhouse::cli

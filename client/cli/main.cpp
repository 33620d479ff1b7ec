// wheelhouse, the command line.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "client/cli/program.h"

namespace {

std::string Variable(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? "" : value;
}

bool CanMoveItsCursor(const std::string& terminal) {
  return !terminal.empty() && terminal != "dumb";
}

}  // namespace

int main(int argc, char** argv) {
  // gRPC 1.51 logs to stderr by itself, now and then because it closes a descriptor. An error that
  // matters comes as a status and is reported. To see more, set the variable.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  const bool live = CanMoveItsCursor(Variable("TERM")) && isatty(STDOUT_FILENO);
  return wheelhouse::cli::RunProgram({argv + 1, argv + argc}, std::cout, std::cerr,
                                     live ? STDOUT_FILENO : -1, Variable("NO_COLOR").empty());
}

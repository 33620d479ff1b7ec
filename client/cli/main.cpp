// wheelhouse, the command line.
#include <cstdlib>

#include "client/cli/program.h"

int main(int argc, char** argv) {
  // gRPC 1.51 logs to stderr by itself, now and then of its own closing descriptors; what matters
  // of its errors comes as a status, and is told as one. Whoever looks for more sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", 0);
  return wheelhouse::cli::RunProgram({argv + 1, argv + argc});
}

// wheelhouse, the command line.
#include "client/cli/program.h"

int main(int argc, char** argv) { return wheelhouse::cli::RunProgram({argv + 1, argv + argc}); }

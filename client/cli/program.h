// The program's command line as a whole.
#pragma once

#include <string>
#include <vector>

namespace wheelhouse::cli {

// Does what the arguments (without the program's name) say; answers the exit code.
int RunProgram(std::vector<std::string> arguments);

}  // namespace wheelhouse::cli

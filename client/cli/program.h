// The program's command line as a whole.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace wheelhouse::cli {

// Runs the command that the arguments (without the program's name) give, and returns the exit code.
// `terminal` and `colour`: as in Console.
int RunProgram(std::vector<std::string> arguments, std::ostream& out, std::ostream& errors,
               int terminal = -1, bool colour = false);

}  // namespace wheelhouse::cli

// What a command has of the shell that started it.
#pragma once

#include <ostream>

#include "client/cli/shell/options.h"

namespace wheelhouse::cli {

// Lent: outlives every command that gets it. Not thread-safe; while a run is watched the watcher
// writes, and nobody else does.
struct Console {
  const Options& options;
  std::ostream& out;     // what was asked for, and nothing else
  std::ostream& errors;  // everything else
  // The file descriptor of a terminal that can move its cursor, on which a run is shown live; -1
  // where there is none.
  int terminal = -1;
  bool colour = false;  // of the live view and of previews
};

}  // namespace wheelhouse::cli

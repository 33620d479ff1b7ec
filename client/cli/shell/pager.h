// Long texts on a terminal.
#pragma once

#include <string>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

// Writes `text` to the console's `out`: through the program that PAGER names, by default `less -R`,
// where the console has a terminal that the text is too long for. Returns when the reader has left
// the pager. A PAGER that is set and empty, or cannot be started, pages nothing.
void Page(const Console& console, const std::string& text);

}  // namespace wheelhouse::cli

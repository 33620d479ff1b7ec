// Completion scripts for shells, made from the commands and flags that the program has.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace wheelhouse::cli {

// Complete commands, flags and their fixed values, and ask the daemon for runs where a run is
// named. Everything else is left to the shell's own completion of files.
std::string BashCompletion(const CLI::App& app);
// bash's, through zsh's emulation of its completion.
std::string ZshCompletion(const CLI::App& app);
std::string FishCompletion(const CLI::App& app);

}  // namespace wheelhouse::cli

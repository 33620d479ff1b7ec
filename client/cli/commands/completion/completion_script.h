// Completion scripts for shells, made from the commands and flags of the program.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace wheelhouse::cli {

// They complete commands, flags and fixed values, and ask the daemon for runs and profiles where
// one is named. Anything else falls back to the shell's completion of file names.
std::string BashCompletion(const CLI::App& app);
// The bash script, through zsh's emulation of bash completion.
std::string ZshCompletion(const CLI::App& app);
std::string FishCompletion(const CLI::App& app);

}  // namespace wheelhouse::cli

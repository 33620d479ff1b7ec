// Runs a program for what it prints.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace wheelhouse {

// Runs `argv` with stdin from `input` (a file); its stdout, and stderr with it where `with_errors`.
inline std::string Output(const std::vector<std::string>& argv, bool with_errors = false,
                          const std::string& input = "/dev/null") {
  std::string command;
  for (const std::string& word : argv) {
    command += '\'';
    for (const char c : word) command += c == '\'' ? "'\\''" : std::string(1, c);
    command += "' ";
  }
  command += (with_errors ? " 2>&1 <" : " <") + input;
  FILE* pipe = popen(command.c_str(), "r");
  std::string out;
  char buffer[64 << 10];
  for (size_t size; (size = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) out.append(buffer, size);
  pclose(pipe);
  return out;
}

}  // namespace wheelhouse

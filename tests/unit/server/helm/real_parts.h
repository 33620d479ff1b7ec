// What the tests of this room use of the real helm: its binaries, and its code in tests/oracle.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace wheelhouse::helm {

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

// The helm of that major, built when it is not cached.
inline std::string HelmBinary(int major) {
  static const auto* const folder = [] {
    std::string out = Output({WHEELHOUSE_TESTS "/sandbox/tool", "--helm"});
    return new std::string(out.substr(0, out.find('\n')));
  }();
  return *folder + (major == 3 ? "/helm3" : "/helm");
}

}  // namespace wheelhouse::helm

// What the tests of this room use of the real helm: its binaries, and its code in tests/oracle.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace wheelhouse::helm {

// A folder that goes with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "wheelhouse.XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = std::filesystem::path(path_) / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

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

// A folder of a test's own, gone with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace wheelhouse::kube {

class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/wheelhouse-kube-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

  // Writes as careful people do, by renaming; the path.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path + ".part") << text;
    std::filesystem::rename(path + ".part", path);
    return path;
  }

 private:
  std::string path_;
};

}  // namespace wheelhouse::kube

// A folder of a test's own below testing::TempDir(), removed with the object.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace wheelhouse {

class TestFolder {
 public:
  TestFolder() : path_(testing::TempDir() + "wheelhouse-XXXXXX") {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

  // Writes a file by renaming, so that whoever watches it never reads half of it. Makes the folders
  // of `name`. Returns the path.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = path_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path + ".part", std::ios::binary) << text;
    std::filesystem::rename(path + ".part", path);
    return path;
  }

 private:
  std::string path_;
};

}  // namespace wheelhouse

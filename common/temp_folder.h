// A folder for one call of a program: 0700, its files 0600, gone when this object is.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <utility>

namespace wheelhouse {

// Writes a file that only the daemon can read, in place of one that is there.
absl::Status WritePrivateFile(const std::string& path, const std::string& text);

class TempFolder {
 public:
  // `root`/`prefix`.XXXXXX. STORE_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<TempFolder>> Make(const std::string& root,
                                                          const std::string& prefix);
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TempFolder(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

}  // namespace wheelhouse

// Files that programs get and leave; and a folder for one call of a program: mode 0700, its files
// 0600, removed with this object.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace wheelhouse {

// Writes a file that only the daemon can read, replacing any that exists.
absl::Status WritePrivateFile(const std::string& path, const std::string& text);

// All of a file. Errors: UNAVAILABLE, `cannot be read`; OUT_OF_RANGE, `has more than MOST bytes`.
absl::StatusOr<std::string> ReadBounded(const std::string& path, size_t most);

class TempFolder {
 public:
  // Makes `root`/`prefix`.XXXXXX. Errors: STORE_UNAVAILABLE.
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

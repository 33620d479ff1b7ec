// A file for what is being uploaded.
#pragma once

#include <absl/status/status.h>

#include <string>

namespace wheelhouse::api {

// A file with a name of its own (0600) that is gone with this object, unless it was moved away.
// Not thread-safe.
class StagedFile {
 public:
  // What fails here is reported by Write.
  explicit StagedFile(const std::string& directory);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  const std::string& path() const { return path_; }

  // STORE_UNAVAILABLE.
  absl::Status Write(const std::string& bytes);

 private:
  absl::Status Broken() const;

  std::string path_;
  const int fd_;
};

}  // namespace wheelhouse::api

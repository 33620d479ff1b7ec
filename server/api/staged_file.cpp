#include "server/api/staged_file.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/failure.h"

namespace wheelhouse::api {

StagedFile::StagedFile(const std::string& directory)
    : path_(directory + "/upload-XXXXXX"), fd_(mkostemp(path_.data(), O_CLOEXEC)) {}

StagedFile::~StagedFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(path_.c_str());
}

absl::Status StagedFile::Write(const std::string& bytes) {
  for (size_t at = 0; fd_ >= 0 && at < bytes.size();) {
    const ssize_t written = write(fd_, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Broken();
    at += static_cast<size_t>(written);
  }
  return fd_ >= 0 ? absl::OkStatus() : Broken();
}

absl::Status StagedFile::Broken() const {
  return MakeFailure(Reason::kStoreUnavailable,
                     absl::StrCat("the upload cannot be kept: ", strerror(errno)));
}

}  // namespace wheelhouse::api

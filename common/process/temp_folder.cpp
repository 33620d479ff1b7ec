#include "common/process/temp_folder.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/failure.h"

namespace wheelhouse {

absl::Status WritePrivateFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("cannot write ", path, ": ", strerror(errno)));
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = write(fd, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const std::string why = strerror(errno);
      close(fd);
      return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("cannot write ", path, ": ", why));
    }
    written += static_cast<size_t>(size);
  }
  close(fd);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadBounded(const std::string& path, size_t most) {
  std::ifstream in(path, std::ios::binary);
  std::string text(in ? most + 1 : 0, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  // A folder can be opened, too.
  if (in.bad() || (in.gcount() == 0 && !in.eof())) return absl::UnavailableError("cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > most)
    return absl::OutOfRangeError(absl::StrCat("has more than ", most, " bytes"));
  return text;
}

absl::StatusOr<std::unique_ptr<TempFolder>> TempFolder::Make(const std::string& root,
                                                             const std::string& prefix) {
  std::string path = absl::StrCat(root, "/", prefix, ".XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("cannot make a folder in ", root, ": ", strerror(errno)));
  }
  return std::unique_ptr<TempFolder>(new TempFolder(std::move(path)));
}

TempFolder::~TempFolder() {
  std::error_code ignored;  // a leftover is removed at the next start
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace wheelhouse

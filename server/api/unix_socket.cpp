#include "server/api/unix_socket.h"

#include <absl/strings/str_cat.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "common/failure.h"

namespace wheelhouse::api {
namespace {

absl::Status SocketError(const std::string& path, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat("listen unix:", path, ": ", what));
}

// Whether somebody listens there: 0, or the errno of connect.
int Connect(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
  memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return errno;
  const int error =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
  close(fd);
  return error;
}

}  // namespace

absl::Status MakeRoomForSocket(const std::string& path) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const bool made = std::filesystem::create_directories(folder, error);
  if (error) return SocketError(path, "its folder cannot be made: " + error.message());
  // The socket's own mode says who may connect.
  if (made && chmod(folder.c_str(), 0755) != 0) return SocketError(path, strerror(errno));
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : SocketError(path, strerror(errno));
  }
  if (!S_ISSOCK(info.st_mode)) return SocketError(path, "the path is taken by something else");
  const int connected = Connect(path);
  if (connected == 0 || connected == EAGAIN) {
    return SocketError(path, "another daemon answers there");
  }
  if (connected != ECONNREFUSED) return SocketError(path, strerror(connected));
  if (unlink(path.c_str()) != 0) return SocketError(path, strerror(errno));
  return absl::OkStatus();
}

absl::Status GrantSocket(const std::string& path, unsigned mode, const std::string& group) {
  if (!group.empty()) {
    std::vector<char> buffer(1 << 16);
    struct group entry = {};
    struct group* found = nullptr;
    getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr) return SocketError(path, absl::StrCat("there is no group ", group));
    if (chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) {
      return SocketError(path, absl::StrCat("group ", group, ": ", strerror(errno)));
    }
  }
  if (chmod(path.c_str(), mode) != 0) return SocketError(path, strerror(errno));
  return absl::OkStatus();
}

}  // namespace wheelhouse::api

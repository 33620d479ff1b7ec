#include "server/runs/claims/daemon_id.h"

#include <absl/random/random.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/failure.h"

namespace wheelhouse::runs {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Where a daemon can be the successor of another one only if that one is dead.
absl::StatusOr<std::string> OriginOf(const std::string& state_directory) {
  struct stat found = {};
  if (stat(state_directory.c_str(), &found) != 0) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat(state_directory, ": ", std::strerror(errno)));
  }
  return absl::StrCat(FirstLine("/proc/sys/kernel/random/boot_id"), " ", found.st_dev, ":",
                      found.st_ino);
}

}  // namespace

absl::StatusOr<std::string> DaemonId(const std::string& state_directory) {
  const auto origin = OriginOf(state_directory);
  if (!origin.ok()) return origin.status();
  const std::string path = absl::StrCat(state_directory, "/daemon-id");
  std::string id, known_origin;
  std::ifstream known(path);
  if (std::getline(known, id) && std::getline(known, known_origin) && known_origin == *origin)
    return id;
  absl::BitGen random;
  id = absl::StrFormat("%016x", absl::Uniform<uint64_t>(random));
  // A torn file has no origin, and makes a new id at the next start.
  std::ofstream file(path, std::ios::trunc);
  file << id << "\n" << *origin << "\n" << std::flush;
  if (file.good()) return id;
  return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("cannot write ", path));
}

}  // namespace wheelhouse::runs

#include "server/store/archives.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "common/sha256.h"
#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".tgz";
constexpr char kProvenance[] = ".prov";  // after the archive's name
constexpr size_t kLargestProvenance = 1 << 20;
// What an archive counts at least: many small ones take a table and a folder.
constexpr uint64_t kLeastCost = 16 << 10;

uint64_t CostOf(uint64_t bytes) { return std::max(bytes, kLeastCost); }

absl::Status Unavailable(const std::string& path, const std::string& what) {
  return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("archive ", path, ": ", what));
}

// Names may be long URIs: a digest keeps each inside one folder. The end tells it from the folders
// of FormerFolderOf, whatever names certificates have.
std::string FolderOf(const Principal& owner) { return Sha256Hex(owner.name) + ".caller"; }

// Where older daemons, to whom names had no prefix, stored the owner's archives. What is there is
// found, and goes when nobody has needed it for a day.
std::string FormerFolderOf(const Principal& owner) {
  return Sha256Hex(owner.name.substr(owner.name.find(':') + 1));
}

bool ValidDigest(const std::string& digest) {
  constexpr absl::string_view kPrefix = "sha256:";
  if (!absl::StartsWith(digest, kPrefix) || digest.size() != kPrefix.size() + 64) return false;
  return digest.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string::npos;
}

std::string FileOf(const std::string& digest) { return absl::StrCat(digest.substr(7), kSuffix); }

absl::Status Flush(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  const bool flushed = fd >= 0 && fsync(fd) == 0;
  const std::string what = strerror(errno);
  if (fd >= 0) close(fd);
  return flushed ? absl::OkStatus() : Unavailable(path, what);
}

bool HaveSameBytes(const std::string& one, const std::string& other) {
  std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
  std::vector<char> of_a(64 << 10), of_b(of_a.size());
  while (a && b) {
    a.read(of_a.data(), static_cast<std::streamsize>(of_a.size()));
    b.read(of_b.data(), static_cast<std::streamsize>(of_b.size()));
    if (a.gcount() != b.gcount() ||
        !std::equal(of_a.begin(), of_a.begin() + a.gcount(), of_b.begin()))
      return false;
  }
  return a.eof() && b.eof();
}

// Writes `text` beside `file`, durably; returns the path, which is empty for no text.
absl::StatusOr<std::string> WriteBeside(const std::string& file, const std::string& text) {
  if (text.empty()) return std::string();
  std::string path = file + kProvenance;
  RETURN_IF_ERROR(WritePrivateFile(path, text));
  RETURN_IF_ERROR(Flush(path, O_RDONLY));
  return path;
}

uint64_t SizeOf(const std::string& path) {
  struct stat file{};
  return !path.empty() && stat(path.c_str(), &file) == 0 ? static_cast<uint64_t>(file.st_size) : 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Archives>> Archives::Open(const std::string& directory,
                                                         const ArchiveLimits& limits,
                                                         const Clock& clock) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error || chmod(directory.c_str(), 0700) != 0) {
    return Unavailable(directory, "the folder cannot be made");
  }
  std::unique_ptr<Archives> archives(new Archives(directory, limits, clock));
  RETURN_IF_ERROR(archives->ReadFolder());
  return archives;
}

absl::Status Archives::ReadFolder() {
  MutexLock lock(&mutex_);
  std::error_code error;
  for (fs::recursive_directory_iterator at(directory_, error), end; !error && at != end;
       at.increment(error)) {
    struct stat file{};
    if (lstat(at->path().c_str(), &file) != 0 || !S_ISREG(file.st_mode)) continue;
    if (at->path().extension() != kSuffix) continue;
    Archive& archive = archives_[{at->path().parent_path().filename(), at->path().filename()}];
    archive.bytes = static_cast<uint64_t>(file.st_size) + SizeOf(at->path().string() + kProvenance);
    archive.needed = absl::TimeFromTimespec(file.st_mtim);
  }
  return error ? Unavailable(directory_, error.message()) : absl::OkStatus();
}

std::string Archives::PathOf(const Key& key) const {
  return absl::StrCat(directory_, "/", key.first, "/", key.second);
}

absl::StatusOr<std::vector<Archives::Key>> Archives::MakeRoom(const Key& key, uint64_t bytes) {
  if (CostOf(bytes) > limits_.quota_bytes) {
    return MakeFailure(Reason::kUploadTooLarge,
                       absl::StrCat("the archive has ", bytes,
                                    " bytes; all of the caller's may have ", limits_.quota_bytes));
  }
  MutexLock lock(&mutex_);
  uint64_t used = CostOf(bytes), pinned = 0;
  std::vector<std::pair<absl::Time, Key>> unneeded;
  for (const auto& [other, archive] : archives_) {
    if (other.first != key.first || other == key) continue;
    used += CostOf(archive.bytes);
    if (archive.pins == 0) {
      unneeded.emplace_back(archive.needed, other);
    } else {
      pinned += CostOf(archive.bytes);
    }
  }
  if (pinned + CostOf(bytes) > limits_.quota_bytes) {
    return MakeFailure(Reason::kCallerLimit,
                       absl::StrCat("the caller's runs need archives of ", pinned,
                                    " bytes, and limits.quotaBytes is ", limits_.quota_bytes,
                                    ": wait until some of them have ended, or cancel some"));
  }
  std::ranges::sort(unneeded);
  std::vector<Key> evicted;
  for (auto next = unneeded.begin(); used > limits_.quota_bytes; ++next) {
    used -= CostOf(archives_.at(next->second).bytes);
    archives_.erase(next->second);
    evicted.push_back(next->second);
  }
  return evicted;
}

void Archives::Remove(const std::vector<Key>& keys) const {
  for (const Key& key : keys) {
    unlink((PathOf(key) + kProvenance).c_str());
    unlink(PathOf(key).c_str());
  }
}

std::string Archives::ProvenanceOf(const std::string& path) {
  // Where there is none, or it is damaged, the chart is not signed.
  return ReadBounded(path + kProvenance, kLargestProvenance).value_or("");
}

bool Archives::Need(const Key& key) {
  {
    MutexLock lock(&mutex_);
    const auto known = archives_.find(key);
    if (known == archives_.end()) return false;
    known->second.needed = clock_.Now();
  }
  utimensat(AT_FDCWD, PathOf(key).c_str(), nullptr, 0);  // so that a restart knows it too
  return true;
}

absl::Status Archives::MoveIn(const std::string& file, const std::string& provenance,
                              const Key& key, uint64_t bytes) {
  MutexLock moving(&files_mutex_);
  ASSIGN_OR_RETURN(const std::vector<Key> evicted, MakeRoom(key, bytes));
  Remove(evicted);
  std::error_code error;
  // Whatever comes between leaves an archive that is not signed, or not by this file.
  const std::string beside = PathOf(key) + kProvenance;
  fs::remove(beside, error);
  fs::rename(file, PathOf(key), error);
  if (error) return Unavailable(file, error.message());
  if (!provenance.empty()) fs::rename(provenance, beside, error);
  if (error) return Unavailable(provenance, error.message());
  MutexLock lock(&mutex_);
  Archive& archive = archives_[key];  // pinned, perhaps
  archive.bytes = bytes;
  archive.needed = clock_.Now();
  return absl::OkStatus();
}

absl::Status Archives::Put(const std::string& file, const std::string& digest,
                           const Principal& owner, const std::string& provenance) {
  if (!ValidDigest(digest)) return absl::InternalError(absl::StrCat("not a digest: ", digest));
  const Key key{FolderOf(owner), FileOf(digest)};
  Expire();
  std::error_code error;
  const bool same_proof = provenance.empty() || provenance == ProvenanceOf(PathOf(key));
  if (same_proof && HaveSameBytes(file, PathOf(key)) && Need(key)) {
    fs::remove(file, error);
    return absl::OkStatus();
  }
  const uint64_t bytes = fs::file_size(file, error) + provenance.size();
  if (error) return Unavailable(file, error.message());
  const std::string folder = absl::StrCat(directory_, "/", key.first);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unavailable(folder, strerror(errno));
  }
  if (chmod(file.c_str(), 0600) != 0) return Unavailable(file, strerror(errno));
  RETURN_IF_ERROR(Flush(file, O_RDONLY));
  ASSIGN_OR_RETURN(const std::string beside, WriteBeside(file, provenance));
  if (absl::Status moved = MoveIn(file, beside, key, bytes); !moved.ok()) {
    fs::remove(beside, error);
    return moved;
  }
  RETURN_IF_ERROR(Flush(folder, O_RDONLY | O_DIRECTORY));
  return Flush(directory_, O_RDONLY | O_DIRECTORY);
}

absl::StatusOr<std::string> Archives::Pin(const std::string& digest, const Principal& owner,
                                          std::shared_ptr<void>* pin) {
  Key key{FolderOf(owner), ValidDigest(digest) ? FileOf(digest) : ""};
  {
    MutexLock lock(&mutex_);
    auto found = archives_.find(key);
    if (found == archives_.end()) {
      key.first = FormerFolderOf(owner);
      found = archives_.find(key);
    }
    if (found == archives_.end()) {
      return MakeFailure(Reason::kChartNotUploaded,
                         absl::StrCat("this caller has no archive with the digest ", digest),
                         {{"digest", digest}});
    }
    ++found->second.pins;
    found->second.needed = clock_.Now();
  }
  // Outside the lock: replacing `*pin` may drop an older one.
  *pin = std::shared_ptr<void>(nullptr, [this, key](void*) { Unpin(key); });
  return PathOf(key);
}

void Archives::Unpin(const Key& key) {
  {
    MutexLock lock(&mutex_);
    const auto found = archives_.find(key);
    if (found == archives_.end()) return;
    --found->second.pins;
    found->second.needed = clock_.Now();
  }
  utimensat(AT_FDCWD, PathOf(key).c_str(), nullptr, 0);
}

void Archives::Expire() {
  MutexLock removing(&files_mutex_);
  std::vector<Key> expired;
  {
    MutexLock lock(&mutex_);
    const absl::Time before = clock_.Now() - limits_.keep_for;
    for (auto at = archives_.begin(); at != archives_.end();) {
      if (at->second.pins > 0 || at->second.needed > before) {
        ++at;
        continue;
      }
      expired.push_back(at->first);
      at = archives_.erase(at);
    }
  }
  Remove(expired);
}

}  // namespace wheelhouse::store

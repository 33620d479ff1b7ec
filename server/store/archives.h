// Uploaded chart archives on the daemon's disk, by owner and digest, 0600.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/principal.h"

namespace wheelhouse::store {

struct ArchiveLimits {
  uint64_t quota_bytes = 0;                   // of one owner
  absl::Duration keep_for = absl::Hours(24);  // after the last need
};

// Thread-safe. Pin and the end of a pin wait for no disk.
class Archives {
 public:
  // Makes `directory` (0700); archives that lie there already are kept, as needed last at their
  // file's time: the first Expire takes the old ones, so that runs that are taken up can pin theirs
  // before. `clock` must outlive it, and it its pins.
  static absl::StatusOr<std::unique_ptr<Archives>> Open(const std::string& directory,
                                                        const ArchiveLimits& limits,
                                                        const Clock& clock);

  // Moves `file` (on the same file system) in as `digest` (`sha256:` + hex) of `owner`, durably.
  // Known already: its time begins anew, and `file` replaces an archive with other bytes, which the
  // disk may have damaged. Where the quota would be exceeded, the owner's archives that no run
  // needs make room, those needed least recently first. UPLOAD_TOO_LARGE when it is larger than the
  // whole quota, CALLER_LIMIT when what runs need leaves no room. `provenance` is what shows who
  // made it, kept beside it. Without one, an archive of the same bytes keeps the one that it has,
  // and one of others has none.
  absl::Status Put(const std::string& file, const std::string& digest, const Principal& owner,
                   const std::string& provenance = "");

  // What was given with the archive at `path`, which is pinned; empty: nothing was.
  static std::string ProvenanceOf(const std::string& path);

  // The archive's path, kept at least while `*pin` lives. CHART_NOT_UPLOADED.
  absl::StatusOr<std::string> Pin(const std::string& digest, const Principal& owner,
                                  std::shared_ptr<void>* pin);

  // Removes what nobody has needed for `keep_for`. Put does it too.
  void Expire();

 private:
  using Key = std::pair<std::string, std::string>;  // the owner's folder, file
  struct Archive {
    uint64_t bytes = 0;
    absl::Time needed;  // last
    int pins = 0;
  };

  Archives(std::string directory, const ArchiveLimits& limits, const Clock& clock)
      : directory_(std::move(directory)), limits_(limits), clock_(clock) {}
  absl::Status ReadFolder() ABSL_LOCKS_EXCLUDED(mutex_);
  void Unpin(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_);
  // False when the archive is not known.
  bool Need(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes `file` the archive `key`, which then has `bytes`, together with `provenance`, a file too,
  // or none where that is empty.
  absl::Status MoveIn(const std::string& file, const std::string& provenance, const Key& key,
                      uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes archives of the owner of `key` out of the table, so that one of `bytes` fits in, and
  // returns them. An error takes none.
  absl::StatusOr<std::vector<Key>> MakeRoom(const Key& key, uint64_t bytes)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const std::vector<Key>& keys) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(files_mutex_);
  std::string PathOf(const Key& key) const;

  const std::string directory_;
  const ArchiveLimits limits_;
  const Clock& clock_;
  // Held while archives are moved in or removed, and taken before mutex_, which guards the table
  // alone: whoever only wants to read an archive does not wait for the disk.
  Mutex files_mutex_;
  Mutex mutex_;
  std::map<Key, Archive> archives_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::store

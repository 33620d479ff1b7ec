// Which objects a release record names, remembered: a record that has not been written since is not
// read, unpacked and parsed again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/formats/manifest.h"
#include "common/mutex.h"
#include "server/helm/releases.h"

namespace wheelhouse::lifecycle {

// Thread-safe. Bounded: what was not asked for longest goes first. Holds no texts, and so no
// secrets.
class KnownReleases {
 public:
  // A few hundred bytes each.
  static constexpr size_t kMostObjects = 20000;

  using Objects = std::shared_ptr<const std::vector<ManifestObject>>;

  // The objects of the record's manifest, hooks left out, without their texts; nullptr when they
  // are not known. `cluster`: its name in the configuration.
  Objects Find(const std::string& cluster, const helm::ReleaseRecord& record)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // A record with a Job is not kept: its text tells whether a Job that is gone is missing.
  void Keep(const std::string& cluster, const helm::ReleaseRecord& record,
            const std::vector<ManifestObject>& objects) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Known {
    std::string version;  // of the Secret: uid and resourceVersion
    Objects objects;
    int64_t used = 0;
  };

  Mutex mutex_;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);  // by cluster and release
  size_t objects_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace wheelhouse::lifecycle

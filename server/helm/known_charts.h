// Charts that were read, remembered by their digests: a chart that hundreds of releases are made
// of, or one that has not changed since the last run, is not unpacked and parsed again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "server/helm/charts.h"

namespace wheelhouse::helm {

// Thread-safe. Bounded: what was not asked for longest goes first, and a chart with large crds/ is
// not kept.
class KnownCharts {
 public:
  static constexpr size_t kMostBytes = 4 << 20;
  static constexpr size_t kMostOfOne = kMostBytes / 4;

  // The chart as ChartReader read it; nullopt when it is not known. What it was read from may have
  // been damaged since, which whoever packs it for helm finds out.
  std::optional<Chart> Find(const std::string& digest) ABSL_LOCKS_EXCLUDED(mutex_);
  void Keep(const Chart& chart) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Known {
    std::shared_ptr<const Chart> chart;
    size_t bytes = 0;
    int64_t used = 0;
  };

  Mutex mutex_;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);  // by digest
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace wheelhouse::helm

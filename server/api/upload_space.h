// The disk space of uploads that are not complete yet.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <map>
#include <string>

#include "common/mutex.h"

namespace wheelhouse::api {

// Thread-safe.
class UploadSpace {
 public:
  struct Limits {
    int64_t bytes = 0;  // of all callers
    int64_t bytes_per_caller = 0;
  };
  explicit UploadSpace(const Limits& limits) : limits_(limits) {}

  // CALLER_LIMIT when the caller, or all of them together, would have more than they may; nothing
  // is taken then.
  absl::Status Take(const std::string& caller, int64_t bytes);
  void Return(const std::string& caller, int64_t bytes);

 private:
  const Limits limits_;
  Mutex mutex_;
  int64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, int64_t> by_caller_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::api

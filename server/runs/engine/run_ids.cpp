#include "server/runs/engine/run_ids.h"

#include <absl/random/random.h>
#include <absl/strings/str_format.h>

namespace wheelhouse::runs {

std::string RunIds::Next(absl::Time now) {
  const int64_t now_ms = absl::ToUnixMillis(now);
  absl::BitGen random;
  MutexLock lock(&mutex_);
  if (now_ms > last_ms_) {
    last_ms_ = now_ms;
    count_ = 0;
  } else if (++count_ > 0xffff) {
    ++last_ms_;
    count_ = 0;
  }
  return absl::StrFormat("%012x%04x%08x", last_ms_, count_, absl::Uniform<uint32_t>(random));
}

}  // namespace wheelhouse::runs

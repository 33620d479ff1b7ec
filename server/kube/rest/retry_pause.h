// How long to wait before a request is sent again.
#pragma once

#include <absl/random/random.h>
#include <absl/time/time.h>

#include <algorithm>

namespace wheelhouse::kube {

// Doubles with each attempt, from 0.2 s to 6.4 s, each time half as much more or less, so that many
// do not come back at once; no less than the server's Retry-After.
inline absl::Duration RetryPause(int attempt, absl::Duration retry_after) {
  absl::BitGen random;
  const absl::Duration backoff = absl::Milliseconds(100) * (1 << std::min(attempt, 6));
  return std::max(retry_after, backoff * absl::Uniform(random, 0.5, 1.5));
}

}  // namespace wheelhouse::kube

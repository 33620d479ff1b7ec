// How long a stage or step takes, by the steady clock.
#pragma once

#include <absl/time/time.h>

#include <chrono>

namespace wheelhouse::lifecycle {

class Stopwatch {
 public:
  absl::Duration Elapsed() const {
    return absl::FromChrono(std::chrono::steady_clock::now() - start_);
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace wheelhouse::lifecycle

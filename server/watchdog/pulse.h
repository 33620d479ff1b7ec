// The pulse of a loop: what a Watchdog sees of it.
#pragma once

#include <absl/time/time.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

namespace wheelhouse {

class Watchdog;

// A loop beats at least this often, also when there is nothing to do.
inline constexpr absl::Duration kBeatEvery = absl::Seconds(5);

// Thread-safe, and never blocks, but for its making and its end.
class Pulse {
 public:
  // The loop stands still when it has not come round for `longest`. It rests until its first beat.
  // `watchdog`, nullptr if nobody is to look, must outlive it.
  Pulse(Watchdog* watchdog, std::string name, absl::Duration longest = absl::Seconds(30));
  ~Pulse();
  Pulse(const Pulse&) = delete;
  Pulse& operator=(const Pulse&) = delete;

  // The loop has come round.
  void Beat() {
    beats_.fetch_add(1, std::memory_order_relaxed);
    resting_.store(false, std::memory_order_relaxed);
  }
  // No beat is to be expected before the next: it has ended, or does work that may last.
  void Rest() { resting_.store(true, std::memory_order_relaxed); }

  const std::string& name() const { return name_; }
  absl::Duration longest() const { return longest_; }
  uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
  bool resting() const { return resting_.load(std::memory_order_relaxed); }

 private:
  Watchdog* const watchdog_;
  const std::string name_;
  const absl::Duration longest_;
  std::atomic<uint64_t> beats_ = 0;
  std::atomic<bool> resting_ = true;
};

}  // namespace wheelhouse

// Writes lines to a descriptor without ever waiting for whoever reads it. A log that nobody reads
// (a full pipe, a stopped terminal) must not stop the daemon.
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "common/mutex.h"

namespace wheelhouse {

// Thread-safe. No call blocks, but for what Flush says, and but for a disk: a regular file always
// counts as ready.
//
// While the descriptor takes them, lines are written by whoever calls Write. Otherwise they wait,
// in order, and a thread of its own writes them. Lines that no longer fit are dropped; the number
// of these is told as soon as there is room. Lines are lost after an error of the descriptor.
class LogWriter {
 public:
  // A line for the log that tells that `number` lines were dropped.
  using Dropped = std::function<std::string(uint64_t number)>;

  // `fd` is lent. `most`: bytes that may wait.
  LogWriter(int fd, size_t most, Dropped dropped);
  // What waits then is lost.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // One line with its end.
  void Write(std::string_view line) ABSL_LOCKS_EXCLUDED(mutex_);

  // Blocks for at most `most`, until nothing waits. Returns whether nothing does.
  bool Flush(absl::Duration most) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Queue(std::string line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes as much as the descriptor takes now.
  void WriteWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);

  const int fd_;
  const bool is_socket_;
  const size_t most_;
  const Dropped dropped_line_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::string> lines_ ABSL_GUARDED_BY(mutex_);  // that wait
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;             // bytes of the first one
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;               // of all that wait
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;           // and not told yet
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace wheelhouse

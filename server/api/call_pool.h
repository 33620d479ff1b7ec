// The threads on which the API does what may block (the store, clusters, disks). gRPC's own threads
// are two on a small machine and serve every connection, so that nothing may block them.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"

namespace wheelhouse::api {

// Thread-safe. Callers take turns: what one of them sends delays no other by more than what runs.
class CallPool {
 public:
  struct Options {
    int threads = 1;
    int running_per_caller = 1;     // the most of one caller's work that runs at once
    size_t waiting_per_caller = 0;  // of what Post adds: how much of it may wait
    size_t bytes_per_caller = 0;    // the same, in bytes of requests
  };

  explicit CallPool(const Options& options);
  ~CallPool();  // does first what it has accepted
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  // False: as much of this caller's is waiting as may. `bytes`: what the request holds in memory.
  [[nodiscard]] bool Post(const std::string& caller, size_t bytes, std::function<void()> work);
  // Work of a stream that is open, of which there are only so many.
  void Go(const std::string& caller, std::function<void()> work);

 private:
  struct Work {
    size_t bytes = 0;
    std::function<void()> run;
  };
  struct Caller {
    std::deque<Work> waiting;
    size_t bytes = 0;
    int running = 0;
  };
  using Callers = std::map<std::string, Caller>;

  void Loop();
  Callers::iterator Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Callers callers_ ABSL_GUARDED_BY(mutex_);   // those with work
  std::string last_ ABSL_GUARDED_BY(mutex_);  // whose turn was last
  std::vector<std::thread> threads_;
};

// One pool for each kind of wait, so that what waits for a cluster holds up no cancel.
struct CallPools {
  CallPool calls{{.threads = 4,
                  .running_per_caller = 3,
                  .waiting_per_caller = 200,
                  .bytes_per_caller = size_t{16} << 20}};
  // What makes runs, which may look at the cluster for what a plan has left behind.
  CallPool creations{{.threads = 4,
                      .running_per_caller = 3,
                      .waiting_per_caller = 200,
                      .bytes_per_caller = size_t{64} << 20}};
  // What asks clusters, or helm.
  CallPool reads{{.threads = 4,
                  .running_per_caller = 2,
                  .waiting_per_caller = 50,
                  .bytes_per_caller = size_t{4} << 20}};
  // What asks repositories and registries, which may take minutes.
  CallPool fetches{{.threads = 4,
                    .running_per_caller = 2,
                    .waiting_per_caller = 50,
                    .bytes_per_caller = size_t{4} << 20}};
  // How many of them wait is limits.uploadsPerCaller's to say.
  CallPool uploads{{.threads = 2, .running_per_caller = 1, .waiting_per_caller = 1000}};
  // How many of them wait is limits.streamsPerCaller's to say: that a caller opens its streams all
  // at once is no reason to refuse some.
  CallPool streams{{.threads = 2,
                    .running_per_caller = 2,
                    .waiting_per_caller = std::numeric_limits<size_t>::max(),
                    .bytes_per_caller = size_t{64} << 20}};
  // Workers may send as much as they are read, which is to delay no stream of events.
  CallPool sessions{{.threads = 2, .running_per_caller = 2, .waiting_per_caller = 10000}};
};

}  // namespace wheelhouse::api

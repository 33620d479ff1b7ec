// Transfers that last, such as those of watches: any number of them, on one thread.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "common/process/child_streams.h"
#include "server/kube/http/http_transfer.h"

namespace wheelhouse::kube {

// Thread-safe. libcurl's multi interface over epoll: a transfer costs its connection, and nothing
// while nothing comes.
class TransferLoop {
 public:
  // As HttpTransfer::Result.
  using OnDone = std::function<void(absl::StatusOr<HttpResponse>)>;

  // std::system_error when no thread can be started.
  TransferLoop();
  // Drops the transfers that last: their OnDone is not called.
  ~TransferLoop();
  TransferLoop(const TransferLoop&) = delete;
  TransferLoop& operator=(const TransferLoop&) = delete;

  // Does not block. `request.on_data` and `on_done` (once) are called on the loop's thread, and
  // hold up all others. The transfer ends with the Context, and when nothing was received for
  // request.idle_timeout.
  void Start(Context context, Connection connection, HttpRequest request, OnDone on_done);

 private:
  struct Transfer;
  struct Curl;  // of the loop's thread alone

  void Run();
  void Wake() const;
  bool TakeNews(Curl* curl);

  const Fd wakeups_;  // an eventfd
  Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<Transfer>> started_ ABSL_GUARDED_BY(mutex_);  // until they are taken
  std::vector<uint64_t> cancelled_ ABSL_GUARDED_BY(mutex_);                 // ids, likewise
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace wheelhouse::kube

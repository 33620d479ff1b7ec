// Watcher over HTTP.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/http/transfer_loop.h"
#include "server/kube/rest/credentials.h"
#include "server/kube/watcher.h"

namespace wheelhouse::kube {

// Thread-safe. All watches stream on one thread; a few others list, and ask for credentials, which
// may take its time. There are no threads before the first watch.
class RestWatcher final : public Watcher {
 public:
  // Bookmarks come every 60 to 75 s (measured), even when nothing happens: a watch that brings
  // nothing for this long counts as broken.
  static constexpr absl::Duration kIdle = absl::Seconds(120);

  // `client` lists. Both must outlive it.
  RestWatcher(KubeClient& client, ConnectionSource& source, absl::Duration idle = kIdle)
      : client_(client), source_(source), idle_(idle) {}
  // All watches have ended.
  ~RestWatcher() override;

  std::unique_ptr<Watch> Begin(const ResourceType& type, const ListOptions& options,
                               WatchHandlers handlers) override;

 private:
  struct Collection;
  class Handle;
  using Shared = std::shared_ptr<Collection>;

  // Starts those that there are to be. False when not even the first can be started.
  bool StartThreads();
  // Its turn comes on one of the threads that list, after `pause`.
  void Enqueue(const Shared& one, absl::Duration pause);
  void Work();
  void Turn(const Shared& one);
  // Lists where that is due, and begins to stream from there on.
  absl::Status Stream(const Shared& one);
  // What to do about a stream that has ended: the pause before the next, or an error that a new
  // list cannot fix.
  absl::StatusOr<absl::Duration> AfterStream(Collection* one);

  KubeClient& client_;
  ConnectionSource& source_;
  const absl::Duration idle_;
  const Context scope_ = Context::Background().WithCancel();
  Mutex mutex_;
  CondVar changed_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::multimap<absl::Duration, Shared> due_ ABSL_GUARDED_BY(mutex_);  // by SteadyNow
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<TransferLoop> loop_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube

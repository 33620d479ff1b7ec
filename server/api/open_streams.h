// The streams that clients read from the daemon, so that they end when nobody reads them any more.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/server_context.h>

#include <map>
#include <thread>

#include "common/context.h"
#include "common/mutex.h"

namespace wheelhouse::api {

// Ends the Contexts of streams whose client has gone, also while nothing is written to them. The
// synchronous API reports that only when it is asked: one thread asks for all streams. Thread-safe.
class OpenStreams {
 public:
  OpenStreams();
  ~OpenStreams();  // no stream may be open

  // Ends all streams, and those that come, with `cause`.
  void EndAll(absl::Status cause);

  // One open stream; lives on its handler's stack.
  class Stream {
   public:
    Stream(OpenStreams& streams, grpc::ServerContext& call);
    ~Stream();
    const Context& context() const { return context_; }

   private:
    OpenStreams& streams_;
    grpc::ServerContext& call_;
    const Context context_;
  };

 private:
  void AskLoop();

  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
  std::map<grpc::ServerContext*, const Context*> open_ ABSL_GUARDED_BY(mutex_);
  std::thread asker_;
};

}  // namespace wheelhouse::api

// What the services of one listener share about a call: who makes it, and whether the caller is
// still there.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include <map>
#include <string>
#include <thread>

#include "common/context.h"
#include "common/mutex.h"
#include "common/principal.h"

namespace wheelhouse::api {

// Ends the Contexts of streams whose client has gone, also while nothing is written to them. The
// synchronous API tells of that only when asked: one thread asks for all streams. Thread-safe.
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

// Where a call came in.
struct Listener {
  std::string caller;  // the Unix socket's; empty with mutual TLS
  absl::StatusOr<Principal> CallerOf(const grpc::ServerContext& call) const;
  // Who calls, of a request in which there is nothing that this daemon does not know.
  absl::StatusOr<Principal> Admit(const grpc::ServerContext& call,
                                  const google::protobuf::Message& request) const;
};

}  // namespace wheelhouse::api

// What all streams have in common, whichever way the messages go: their work is done on a pool, one
// piece at a time, and they end when their client has gone, stands still, or the daemon ends.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <grpc/grpc.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string>

#include "common/mutex.h"
#include "common/principal.h"
#include "server/api/call_pool.h"
#include "server/api/open_streams.h"

namespace wheelhouse::api {

// Owns itself: it is gone once gRPC has said that the call is done and its work has stopped.
//
// gRPC's callbacks call Woken, WokenHere, Gone and Done. They and the pool's threads meet in this
// class only: what a derived class does, it does in Advance and AdvanceAtOnce, which are never
// called at the same time.
class OpenStream {
 public:
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;

  StreamKind kind() const { return kind_; }
  const std::string& caller() const { return by_.name; }

  // Asks the stream to end with `why`; the first one counts. Any thread.
  void End(const absl::Status& why);
  // Called every now and then by OpenStreams.
  void Tick(absl::Duration now);

 protected:
  // `by`: an error refuses the stream. What is lent must outlive it.
  OpenStream(StreamKind kind, std::string method, grpc::CallbackServerContext* call,
             const absl::StatusOr<Principal>& by, OpenStreams& streams, CallPool& pool);
  virtual ~OpenStream();

  // Begins, on a thread of `pool`, if the caller may have another stream. To be called last by
  // whoever makes the stream.
  void Start(CallPool& pool, size_t bytes);

  // Does what there is to do now. Never called after Finish.
  virtual void Advance() = 0;
  // As much of it as can be done without blocking, on one of gRPC's threads. False: Advance has to
  // be called.
  virtual bool AdvanceAtOnce() { return false; }
  // The stream is about to end: gives back what it holds. On the pool, once.
  virtual void Release(const absl::Status& why) = 0;
  virtual void SendStatus(const grpc::Status& status) = 0;

  const Principal& by() const { return by_; }
  const StreamLimits& limits() const { return streams_.limits(); }

  // For Advance.
  void Finish(const absl::Status& status);
  // Another Advance in `delay` at the latest.
  void WakeAfter(absl::Duration delay);
  // The stream ends with `otherwise` if the client lets `patience` pass without AwaitNothing.
  void AwaitClient(absl::Duration patience, absl::Status otherwise);
  void AwaitNothing();

  // For gRPC's callbacks, and for what else wakes a stream; any thread.
  void Woken();
  // The same on one of gRPC's threads: saves the way to the pool and back where it can.
  void WokenHere();
  void Gone();
  void Done();

 private:
  void Work();
  // True: whoever is at work for the stream does it once more. False: the caller is from now on.
  bool IsAtWork();
  // False: the stream has ended already, or now.
  bool Continues();

  const StreamKind kind_;
  const std::string method_;
  const Principal by_;
  grpc_call* const call_;  // held, so that it can be cancelled whatever has become of the stream
  OpenStreams& streams_;
  CallPool& pool_;

  Mutex mutex_;
  bool busy_ ABSL_GUARDED_BY(mutex_) = false;   // in Work, or on its way there
  bool again_ ABSL_GUARDED_BY(mutex_) = false;  // woken since
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandon_ ABSL_GUARDED_BY(mutex_) = false;  // the client does not even take the status
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
  absl::Duration due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();  // steady clock, as below
  absl::Duration patience_until_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  absl::Status otherwise_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::api

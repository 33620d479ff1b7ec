// The session of one worker that serves hooks.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>

#include "server/api/open_stream.h"
#include "server/hooks/hooks.h"

namespace wheelhouse::api {

// One read and one write are on their way at a time; what is to be sent waits in the session, which
// bounds it by not being read. Owns itself (OpenStream).
class HookStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         private OpenStream {
 public:
  // What is lent must outlive the stream.
  static HookStream* Start(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                           hooks::Hooks& hooks, OpenStreams& streams, CallPools& pools);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override { Gone(); }
  void OnDone() override { Done(); }

 private:
  enum class Reading { kIdle, kReading, kMessage, kOver };

  HookStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
             hooks::Hooks& hooks, OpenStreams& streams, CallPools& pools);
  ~HookStream() override = default;

  void Advance() override;
  void Release(const absl::Status& why) override;
  void SendStatus(const grpc::Status& status) override;
  absl::Status Take();
  void Write();
  void Read();

  hooks::Hooks& hooks_;
  std::unique_ptr<hooks::WorkerSession> session_;
  grpc::ByteBuffer read_, written_;
  std::atomic<Reading> reading_ = Reading::kIdle;
  std::atomic<bool> writing_ = false;
};

}  // namespace wheelhouse::api

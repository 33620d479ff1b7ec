// A stream of the log lines of a release's pods to one client.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "server/api/open_stream.h"
#include "server/inspection/pod_log.h"

namespace wheelhouse::api {

// One write is on its way at a time, and nothing is read from the cluster meanwhile. Owns itself
// (OpenStream).
class LogStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private OpenStream {
 public:
  // Blocks: asks the cluster for the release.
  using OpenLog =
      std::function<absl::StatusOr<std::unique_ptr<inspection::PodLog>>(const Principal& by)>;

  // `bytes`: of the request. What is lent must outlive the stream.
  static LogStream* Start(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                          OpenLog open, size_t bytes, OpenStreams& streams, CallPools& pools);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { Gone(); }
  void OnDone() override { Done(); }

 private:
  LogStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by, OpenLog open,
            OpenStreams& streams, CallPools& pools);
  ~LogStream() override = default;

  void Advance() override;
  void Release(const absl::Status& why) override;
  void SendStatus(const grpc::Status& status) override;
  absl::Status Next();
  void Write(inspection::PodLog::Step step);

  OpenLog open_;  // until it has been called
  std::unique_ptr<inspection::PodLog> log_;
  absl::Duration not_before_ = -absl::InfiniteDuration();  // steady clock
  grpc::ByteBuffer written_;
  std::atomic<bool> writing_ = false;
};

}  // namespace wheelhouse::api

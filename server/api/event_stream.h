// A stream of a run's events to one client.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "server/api/open_stream.h"
#include "server/runs/run_engine.h"

namespace wheelhouse::api {

// Which run a stream follows, and what its end means for the run.
struct Followed {
  std::string run_id;
  int64_t after_sequence = 0;
  bool cancel_on_disconnect = false;
};

// One write is on its way at a time; what comes meanwhile waits in the run's feed, where it costs
// nothing for each watcher. Owns itself (OpenStream).
class EventStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private OpenStream {
 public:
  // Blocks: creates the run, say.
  using OpenRun = std::function<absl::StatusOr<Followed>(const Principal& by)>;

  // `pool`: where `open` is called; `bytes`: of the request, which it holds until then. What is
  // lent must outlive the stream.
  static EventStream* Start(std::string method, grpc::CallbackServerContext* call,
                            const absl::StatusOr<Principal>& by, OpenRun open, CallPool& pool,
                            size_t bytes, runs::RunEngine& engine, OpenStreams& streams,
                            CallPools& pools);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { Gone(); }
  void OnDone() override { Done(); }

 private:
  EventStream(std::string method, grpc::CallbackServerContext* call,
              const absl::StatusOr<Principal>& by, OpenRun open, runs::RunEngine& engine,
              OpenStreams& streams, CallPools& pools);
  ~EventStream() override = default;

  void Advance() override;
  bool AdvanceAtOnce() override;
  void Release(const absl::Status& why) override;
  void SendStatus(const grpc::Status& status) override;
  absl::Status Open();
  absl::Status Next();
  void Give(const runs::RunWatch::Step& step);

  OpenRun open_;  // until it has been called
  runs::RunEngine& engine_;
  Followed followed_;
  std::unique_ptr<runs::RunWatch> watch_;
  grpc::ByteBuffer written_;
  std::atomic<bool> writing_ = false;
};

}  // namespace wheelhouse::api

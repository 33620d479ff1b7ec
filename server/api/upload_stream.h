// One upload: chunks in, bounded, into a file of its own; a chart out.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "server/api/open_stream.h"
#include "server/api/staged_file.h"
#include "server/api/upload_space.h"
#include "server/helm/charts.h"
#include "server/store/archives.h"
#include "wheelhouse/v1/chart_service.pb.h"

namespace wheelhouse::api {

struct UploadOptions {
  std::string directory;    // for what is not checked yet; on the file system of the archives
  int64_t archive_bytes;    // the most that an upload may have
  absl::Duration keep_for;  // how long the archives keep what no run needs
  std::function<absl::StatusOr<helm::Chart>(const std::string& archive)> read_chart;
  UploadSpace::Limits space;  // what uploads in progress may take
  // Who signed the archive; nullopt where nobody need have. Unset: nobody ever need have.
  std::function<absl::StatusOr<std::optional<v1::ChartSignature>>(const std::string& archive,
                                                                  const std::string& provenance)>
      verify;
};

// What uploads use; lent.
struct UploadParts {
  const UploadOptions& options;
  UploadSpace& space;
  store::Archives& archives;
  const Clock& clock;
  OpenStreams& streams;
  CallPools& pools;
};

// Owns itself (OpenStream). Its file is gone when it ends, in whatever way.
class UploadStream final : public grpc::ServerReadReactor<grpc::ByteBuffer>, private OpenStream {
 public:
  static UploadStream* Start(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                             grpc::ByteBuffer* response, const UploadParts& parts);

  void OnReadDone(bool ok) override;
  void OnCancel() override { Gone(); }
  void OnDone() override { Done(); }

 private:
  enum class State { kNew, kReading, kChunk, kAll };

  UploadStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
               grpc::ByteBuffer* response, const UploadParts& parts);
  ~UploadStream() override = default;

  void Advance() override;
  void Release(const absl::Status& why) override;
  void SendStatus(const grpc::Status& status) override;
  void Read();
  absl::Status TakeChunk();
  absl::Status TakeProvenance(const v1::UploadChartRequest& request);
  absl::StatusOr<v1::UploadChartResponse> TakeAll();

  const UploadParts parts_;
  const absl::Duration began_;  // on the steady clock
  grpc::ByteBuffer* const response_;
  grpc::ByteBuffer chunk_;
  std::atomic<State> state_ = State::kNew;
  std::unique_ptr<StagedFile> file_;
  std::string provenance_;
  int64_t total_ = 0;  // of both
};

}  // namespace wheelhouse::api

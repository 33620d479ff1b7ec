#include "server/api/chart_service.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/to_grpc_status.h"

namespace wheelhouse::api {
namespace {

constexpr size_t kLargestChunk = 1 << 20;

// A file with a name of its own (0600) that is gone with this object, unless it was moved away.
class StagedFile {
 public:
  explicit StagedFile(const std::string& directory)
      : path_(directory + "/upload-XXXXXX"), fd_(mkostemp(path_.data(), O_CLOEXEC)) {}
  ~StagedFile() {
    if (fd_ < 0) return;
    close(fd_);
    unlink(path_.c_str());
  }
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  const std::string& path() const { return path_; }

  absl::Status Write(const std::string& bytes) {
    for (size_t at = 0; fd_ >= 0 && at < bytes.size();) {
      const ssize_t written = write(fd_, bytes.data() + at, bytes.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Broken();
      at += static_cast<size_t>(written);
    }
    return fd_ >= 0 ? absl::OkStatus() : Broken();
  }

 private:
  absl::Status Broken() const {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("the upload cannot be kept: ", strerror(errno)));
  }

  std::string path_;
  const int fd_;
};

}  // namespace

absl::StatusOr<v1::UploadChartResponse> ChartService::Take(
    const Principal& caller, grpc::ServerReader<v1::UploadChartRequest>* reader) {
  StagedFile file(options_.directory);
  v1::UploadChartRequest request;
  int64_t total = 0;
  while (reader->Read(&request)) {
    RETURN_IF_ERROR(RefuseUnknown(request));
    if (request.chunk().size() > kLargestChunk) {
      return MakeInvalid(Reason::kChartInvalid, {{"chunk", "a chunk has at most 1 MiB"}});
    }
    total += static_cast<int64_t>(request.chunk().size());
    if (total > options_.archive_bytes) {
      return MakeFailure(Reason::kUploadTooLarge, absl::StrCat("the archive has more than ",
                                                               options_.archive_bytes, " bytes"));
    }
    RETURN_IF_ERROR(file.Write(request.chunk()));
  }
  if (total == 0) return MakeFailure(Reason::kChartInvalid, "the upload is empty");
  ASSIGN_OR_RETURN(const helm::Chart chart, options_.read_chart(file.path()));
  RETURN_IF_ERROR(archives_.Put(file.path(), chart.digest, caller));
  v1::UploadChartResponse response;
  response.set_digest(chart.digest);
  response.set_name(chart.name);
  response.set_version(chart.version);
  *response.mutable_expire_time() = ToProto(clock_.Now() + options_.keep_for);
  return response;
}

grpc::Status ChartService::UploadChart(grpc::ServerContext* call,
                                       grpc::ServerReader<v1::UploadChartRequest>* reader,
                                       v1::UploadChartResponse* response) {
  return listener_.Serve(
      *call, v1::UploadChartRequest::default_instance(), [&](const Principal& by) -> absl::Status {
        auto taken = Take(by, reader);
        if (call->IsCancelled())
          return MakeFailure(Reason::kCancelled, "the upload ended before it was complete");
        if (!taken.ok()) return taken.status();
        *response = *std::move(taken);
        return absl::OkStatus();
      });
}

}  // namespace wheelhouse::api

#include "server/api/upload_stream.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/messages.h"

namespace wheelhouse::api {
namespace {

constexpr size_t kLargestChunk = 1 << 20;
// With a chunk there is its tag and its length. What is longer is not even parsed.
constexpr size_t kMostBytesOfChunk = kLargestChunk + 16;
constexpr size_t kLargestProvenance = 512 << 10;

absl::Status ChunkTooLarge() {
  return MakeInvalid(Reason::kChartInvalid, {{"chunk", "a chunk has at most 1 MiB"}});
}

absl::Status TooSilent(absl::Duration patience) {
  return MakeFailure(
      Reason::kDeadlineExceeded,
      absl::StrCat("nothing of the upload has arrived for ", absl::FormatDuration(patience),
                   ", or it took too long: upload again"));
}

}  // namespace

UploadStream* UploadStream::Start(grpc::CallbackServerContext* call,
                                  const absl::StatusOr<Principal>& by, grpc::ByteBuffer* response,
                                  const UploadParts& parts) {
  auto* stream = new UploadStream(call, by, response, parts);
  // Of uploads there are only so many, so that there is always room for them in the queue.
  stream->OpenStream::Start(parts.pools.uploads, 0);
  return stream;
}

UploadStream::UploadStream(grpc::CallbackServerContext* call, const absl::StatusOr<Principal>& by,
                           grpc::ByteBuffer* response, const UploadParts& parts)
    : OpenStream(StreamKind::kUpload, "UploadChart", call, by, parts.streams, parts.pools.uploads),
      parts_(parts),
      began_(SteadyNow()),
      response_(response) {}

void UploadStream::OnReadDone(bool ok) {
  AwaitNothing();
  state_ = ok ? State::kChunk : State::kAll;
  Woken();
}

void UploadStream::SendStatus(const grpc::Status& status) {
  grpc::ServerReadReactor<grpc::ByteBuffer>::Finish(status);
}

void UploadStream::Read() {
  state_ = State::kReading;
  const absl::Duration left = began_ + limits().to_upload - SteadyNow();
  AwaitClient(std::min(limits().to_send, left), TooSilent(limits().to_send));
  StartRead(&chunk_);
}

void UploadStream::Advance() {
  switch (state_.load()) {
    case State::kReading:
      return;
    case State::kNew:
      file_ = std::make_unique<StagedFile>(parts_.options.directory);
      return Read();
    case State::kChunk:
      if (absl::Status taken = TakeChunk(); !taken.ok()) return OpenStream::Finish(taken);
      return Read();
    case State::kAll:
      auto taken = TakeAll();
      if (taken.ok()) *response_ = ToBytes(*taken);
      return OpenStream::Finish(taken.status());
  }
}

absl::Status UploadStream::TakeChunk() {
  if (chunk_.Length() > kMostBytesOfChunk) return ChunkTooLarge();
  v1::UploadChartRequest request;
  RETURN_IF_ERROR(ParseRequest(chunk_, kMostBytesOfChunk, &request));
  chunk_.Clear();
  if (!request.provenance().empty()) return TakeProvenance(request);
  if (request.chunk().size() > kLargestChunk) return ChunkTooLarge();
  const auto bytes = static_cast<int64_t>(request.chunk().size());
  const auto beside = static_cast<int64_t>(provenance_.size());
  if (total_ - beside + bytes > parts_.options.archive_bytes) {
    return MakeFailure(Reason::kUploadTooLarge,
                       absl::StrCat("the archive has more than ", parts_.options.archive_bytes,
                                    " bytes (limits.uploadBytes)"));
  }
  RETURN_IF_ERROR(parts_.space.Take(caller(), bytes));
  total_ += bytes;
  return file_->Write(request.chunk());
}

absl::Status UploadStream::TakeProvenance(const v1::UploadChartRequest& request) {
  const char* wrong = nullptr;
  if (request.provenance().size() > kLargestProvenance) {
    wrong = "a provenance file has at most 512 KiB";
  } else if (!provenance_.empty()) {
    wrong = "an archive has one provenance file: send it once";
  } else if (!request.chunk().empty()) {
    wrong = "send it in a request without a chunk";
  }
  if (wrong != nullptr) return MakeInvalid(Reason::kChartInvalid, {{"provenance", wrong}});
  const auto bytes = static_cast<int64_t>(request.provenance().size());
  RETURN_IF_ERROR(parts_.space.Take(caller(), bytes));
  total_ += bytes;
  provenance_ = request.provenance();
  return absl::OkStatus();
}

absl::StatusOr<v1::UploadChartResponse> UploadStream::TakeAll() {
  if (total_ == static_cast<int64_t>(provenance_.size()))
    return MakeFailure(Reason::kChartInvalid, "the upload is empty");
  v1::UploadChartResponse response;
  // Before anything reads it, and before it is packed anew: the signature is of these bytes.
  if (parts_.options.verify != nullptr) {
    ASSIGN_OR_RETURN(const auto signature, parts_.options.verify(file_->path(), provenance_));
    if (signature.has_value()) *response.mutable_signature() = *signature;
  }
  ASSIGN_OR_RETURN(const helm::Chart chart, parts_.options.read_chart(file_->path()));
  RETURN_IF_ERROR(parts_.archives.Put(file_->path(), chart.digest, by(), provenance_));
  response.set_digest(chart.digest);
  response.set_name(chart.name);
  response.set_version(chart.version);
  for (const helm::ChartDependency& one : chart.missing)
    response.add_missing_dependencies(one.name);
  *response.mutable_expire_time() = ToProto(parts_.clock.Now() + parts_.options.keep_for);
  return response;
}

void UploadStream::Release(const absl::Status&) {
  file_.reset();
  parts_.space.Return(caller(), std::exchange(total_, 0));
}

}  // namespace wheelhouse::api

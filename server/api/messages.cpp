#include "server/api/messages.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <string>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "server/api/to_grpc_status.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::api {
namespace {

using google::protobuf::io::CodedOutputStream;

// `event = 1` of both responses, with its length.
constexpr int kEventField = v1::WatchRunResponse::kEventFieldNumber;
static_assert(kEventField == int{v1::DeployResponse::kEventFieldNumber});
constexpr uint8_t kEventTag = kEventField << 3 | 2;
constexpr size_t kLongestVarint = 10;

void Drop(void* shared) { delete static_cast<runs::EncodedEvent*>(shared); }

}  // namespace

absl::Status ParseRequest(const grpc::ByteBuffer& bytes, size_t most,
                          google::protobuf::Message* request) {
  const std::string& name = request->GetDescriptor()->name();
  if (bytes.Length() > most) {
    return MakeFailure(Reason::kPlanInvalid, absl::StrCat("the ", name, " has ", bytes.Length(),
                                                          " bytes; at most ", most, " are read"));
  }
  grpc::ByteBuffer shared = bytes;  // a reader takes what it reads out of its buffer
  grpc::ProtoBufferReader reader(&shared);
  if (!request->ParseFromZeroCopyStream(&reader)) {
    return MakeFailure(Reason::kPlanInvalid,
                       absl::StrCat("the request is not a valid protobuf-encoded ", name,
                                    ": it is truncated, has text that is not UTF-8, or nests ",
                                    "messages more than 100 deep"));
  }
  return RefuseUnknown(*request);
}

absl::Status TakeRequest(const grpc::ByteBuffer* bytes, size_t most,
                         google::protobuf::Message* request) {
  absl::Status parsed = ParseRequest(*bytes, most, request);
  // It is gRPC's, which made it as a variable and never reads it again.
  const_cast<grpc::ByteBuffer*>(bytes)->Clear();
  return parsed;
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& response) {
  const grpc::Slice slice(response.SerializeAsString());
  return {&slice, 1};
}

grpc::ByteBuffer EventResponse(const runs::EncodedEvent& event) {
  uint8_t head[1 + kLongestVarint] = {kEventTag};
  const uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(event->size(), head + 1);
  const grpc::Slice slices[] = {
      grpc::Slice(head, static_cast<size_t>(end - head)),
      // gRPC writes from the event's own bytes and lets go of them when it has.
      grpc::Slice(const_cast<char*>(event->data()), event->size(), Drop,
                  new runs::EncodedEvent(event))};
  return {slices, 2};
}

}  // namespace wheelhouse::api

// Requests and responses as bytes. The services take and give bytes and not messages, for three
// reasons: one encoded event goes to all who watch its run; requests are bounded before they are
// parsed; and a request that cannot be parsed is refused with what is wrong with it.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include "server/runs/run_watch.h"

namespace wheelhouse::api {

// The largest message that the server takes, and the largest request that holds no plan.
inline constexpr size_t kMostBytes = 16 << 20;
inline constexpr size_t kMostBytesWithoutPlan = 64 << 10;

// PLAN_INVALID names the bound that the request breaks: its size, UTF-8, nesting. NOT_BUILT_YET: a
// field or enum value that this daemon does not know.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, size_t most,
                          google::protobuf::Message* request);

// The same for the request of a stream, which gRPC would keep as long as the stream lasts: its
// bytes are let go of.
absl::Status TakeRequest(const grpc::ByteBuffer* bytes, size_t most,
                         google::protobuf::Message* request);

grpc::ByteBuffer ToBytes(const google::protobuf::Message& response);

// DeployResponse or WatchRunResponse, which look the same. Shares the event's bytes.
grpc::ByteBuffer EventResponse(const runs::EncodedEvent& event);

}  // namespace wheelhouse::api

#include "server/outgoing/grpc_health.h"

#include <absl/strings/str_cat.h>
#include <grpc/health/v1/health.pb.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <chrono>

#include "common/utf8.h"

namespace wheelhouse::outgoing {
namespace {

using Request = grpc::health::v1::HealthCheckRequest;
using Response = grpc::health::v1::HealthCheckResponse;

grpc::Status Check(grpc::ClientContext* call, const std::shared_ptr<grpc::Channel>& channel,
                   const Request& request, Response* response) {
  grpc::TemplatedGenericStub<Request, Response> stub(channel);
  grpc::CompletionQueue queue;
  const auto reader = stub.PrepareUnaryCall(call, "/grpc.health.v1.Health/Check", request, &queue);
  grpc::Status status;
  reader->StartCall();
  reader->Finish(response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

}  // namespace

std::string AskGrpcHealth(const Context& context, Connection connection,
                          const std::string& authority, const std::string& service) {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, authority);
  const auto channel =
      grpc::CreateCustomInsecureChannelFromFd(authority, connection.Release(), arguments);
  grpc::ClientContext call;
  const absl::Duration bound = std::min(context.Remaining(), absl::Seconds(10));
  call.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(bound));
  const auto wakeup = context.OnCancel([&call] { call.TryCancel(); });
  Request request;
  request.set_service(service);
  Response response;
  const grpc::Status status = Check(&call, channel, request, &response);
  if (!status.ok()) {
    const std::string message = ValidUtf8(status.error_message());
    return absl::StrCat("does not answer the health check: ", CutAtCharacter(message, 200));
  }
  if (response.status() == Response::SERVING) return "";
  const bool known = Response::ServingStatus_IsValid(response.status());
  return absl::StrCat(
      "answers ", known ? Response::ServingStatus_Name(response.status()) : "an unknown status");
}

}  // namespace wheelhouse::outgoing

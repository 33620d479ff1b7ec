// The border between failures and gRPC: ErrorInfo {domain `wheelhouse`, reason}, BadRequest with
// all violations (as many as clients' bounds let through; the last one counts the others),
// RetryInfo where trying again soon may help.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

namespace wheelhouse::api {

grpc::Status ToGrpcStatus(const absl::Status& status);

// OK, or NOT_BUILT_YET with a violation for each field and enum value that this daemon does not
// know.
absl::Status RefuseUnknown(const google::protobuf::Message& request);

}  // namespace wheelhouse::api

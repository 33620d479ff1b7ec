#include "server/api/to_grpc_status.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "common/unknown_fields.h"

namespace wheelhouse::api {
namespace {

constexpr char kDomain[] = "wheelhouse";
constexpr int kRetryAfterSeconds = 5;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const v1::Failure failure = FailureOf(status);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(failure.message());

  google::rpc::ErrorInfo info;
  info.set_reason(failure.reason());
  info.set_domain(kDomain);
  for (const auto& [key, value] : failure.details()) (*info.mutable_metadata())[key] = value;
  if (!failure.hint().empty()) (*info.mutable_metadata())["hint"] = failure.hint();
  details.add_details()->PackFrom(info);

  google::rpc::BadRequest request;
  for (const FieldViolation& violation : ViolationsOf(status)) {
    auto* added = request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
  }
  if (request.field_violations_size() > 0) details.add_details()->PackFrom(request);

  if (HasReason(status, Reason::kShuttingDown) || HasReason(status, Reason::kQueueFull)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(kRetryAfterSeconds);
    details.add_details()->PackFrom(retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), failure.message(),
                      details.SerializeAsString());
}

absl::Status RefuseUnknown(const google::protobuf::Message& request) {
  std::vector<FieldViolation> violations;
  for (const std::string& field : UnknownFields(request)) {
    violations.push_back({field, "this daemon does not know it"});
  }
  return violations.empty() ? absl::OkStatus()
                            : MakeInvalid(Reason::kNotBuiltYet, std::move(violations));
}

}  // namespace wheelhouse::api

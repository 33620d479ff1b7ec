#include "server/api/to_grpc_status.h"

#include <absl/strings/str_cat.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "common/formats/unknown_fields.h"
#include "common/utf8.h"

namespace wheelhouse::api {
namespace {

constexpr char kDomain[] = "wheelhouse";
constexpr int kRetryAfterSeconds = 5;

// Clients refuse a call's trailers beyond 8 KiB, and with them the whole answer. The message stands
// there twice, and the details in base64: with these bounds ASCII text stays below 7 KiB.
constexpr size_t kLongestMessage = 800;
constexpr size_t kLongestDetail = 200;
constexpr size_t kMostViolations = 2800;  // bytes

std::string Bounded(const std::string& text, size_t most) {
  const absl::string_view cut = CutAtCharacter(text, most);
  return absl::StrCat(cut, cut.size() < text.size() ? " ..." : "");
}

google::rpc::BadRequest BadRequestOf(const std::vector<FieldViolation>& violations) {
  google::rpc::BadRequest request;
  for (const FieldViolation& violation : violations) {
    auto* added = request.add_field_violations();
    added->set_field(Bounded(violation.field, kLongestDetail));
    added->set_description(Bounded(violation.description, kLongestDetail));
    if (request.ByteSizeLong() <= kMostViolations) continue;
    request.mutable_field_violations()->RemoveLast();
    const size_t left = violations.size() - request.field_violations_size();
    request.add_field_violations()->set_description(absl::StrCat("and ", left, " more"));
    break;
  }
  return request;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const v1::Failure failure = FailureOf(status);
  const std::string message = Bounded(failure.message(), kLongestMessage);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(message);

  google::rpc::ErrorInfo info;
  info.set_reason(failure.reason());
  info.set_domain(kDomain);
  for (const auto& [key, value] : failure.details()) {
    (*info.mutable_metadata())[key] = Bounded(value, kLongestDetail);
  }
  if (!failure.hint().empty()) (*info.mutable_metadata())["hint"] = failure.hint();
  details.add_details()->PackFrom(info);

  const std::vector<FieldViolation> violations = ViolationsOf(status);
  if (!violations.empty()) details.add_details()->PackFrom(BadRequestOf(violations));

  if (HasReason(status, Reason::kShuttingDown) || HasReason(status, Reason::kQueueFull) ||
      HasReason(status, Reason::kStoreFull)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(kRetryAfterSeconds);
    details.add_details()->PackFrom(retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), message,
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

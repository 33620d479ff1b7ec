#include "common/failure.h"

#include <absl/strings/cord.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/rpc/error_details.pb.h>

#include <utility>

#include "common/utf8.h"

namespace wheelhouse {
namespace {

constexpr char kPayload[] = "type.wheelhouse/wheelhouse.v1.Failure";

constexpr char kViolations[] = "type.wheelhouse/google.rpc.BadRequest";

}  // namespace

absl::Status StatusFrom(const v1::Failure& given) {
  v1::Failure failure = given;
  MakeValidUtf8(&failure);  // else FailureOf cannot parse it, and the reason is lost
  const ReasonInfo* info = FindReason(failure.reason());
  absl::Status status(info != nullptr ? info->code : absl::StatusCode::kInternal,
                      failure.message());
  status.SetPayload(kPayload, absl::Cord(failure.SerializeAsString()));
  return status;
}

absl::Status MakeFailure(Reason reason, std::string message,
                         std::map<std::string, std::string> details) {
  v1::Failure failure;
  failure.set_reason(InfoOf(reason).name);
  failure.set_message(std::move(message));
  failure.set_hint(InfoOf(reason).hint);
  failure.mutable_details()->insert(details.begin(), details.end());
  return StatusFrom(failure);
}

absl::Status MakeHelmFailure(Reason reason, std::string message, std::string helm_output,
                             std::map<std::string, std::string> details) {
  v1::Failure failure = FailureOf(MakeFailure(reason, std::move(message), std::move(details)));
  failure.set_helm_output(std::move(helm_output));
  return StatusFrom(failure);
}

absl::Status MakeInvalid(Reason reason, std::vector<FieldViolation> violations) {
  std::vector<std::string> lines;
  google::rpc::BadRequest request;
  for (FieldViolation& violation : violations) {
    lines.push_back(absl::StrCat(violation.field, ": ", violation.description));
    auto* added = request.add_field_violations();
    added->set_field(std::move(violation.field));
    added->set_description(std::move(violation.description));
  }
  MakeValidUtf8(&request);
  absl::Status status = MakeFailure(reason, absl::StrJoin(lines, "\n"));
  status.SetPayload(kViolations, absl::Cord(request.SerializeAsString()));
  return status;
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  google::rpc::BadRequest request;
  const absl::optional<absl::Cord> payload = status.GetPayload(kViolations);
  if (!payload.has_value() || !request.ParseFromString(std::string(*payload))) return violations;
  for (const auto& violation : request.field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

v1::Failure FailureOf(const absl::Status& status) {
  v1::Failure failure;
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayload);
  if (payload.has_value() && failure.ParseFromString(std::string(*payload))) return failure;
  failure.Clear();
  failure.set_reason(InfoOf(Reason::kInternal).name);
  failure.set_message(ValidUtf8(status.message()));
  failure.set_hint(InfoOf(Reason::kInternal).hint);
  return failure;
}

Reason ReasonOf(const absl::Status& status) {
  const ReasonInfo* info = FindReason(FailureOf(status).reason());
  return info != nullptr ? info->reason : Reason::kInternal;
}

bool HasReason(const absl::Status& status, Reason reason) {
  return !status.ok() && ReasonOf(status) == reason;
}

absl::Status While(absl::string_view doing, const absl::Status& status) {
  if (status.ok()) return status;
  v1::Failure failure = FailureOf(status);
  failure.set_message(absl::StrCat("while ", doing, ": ", failure.message()));
  return StatusFrom(failure);
}

}  // namespace wheelhouse

// Failures as values. A failure is made once, where its cause is known, with its reason; on the way
// up it is only wrapped with what was being done. It travels as a payload of an absl::Status, so
// that absl::StatusOr serves everywhere, and comes out again at the edge: in a Run, an event or an
// RPC error.
#pragma once

#include <absl/status/status.h>

#include <map>
#include <string>
#include <vector>

#include "common/reason.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse {

// A non-OK status that carries `reason`. `message` is one sentence that names the object and holds
// no secret. The status has the reason's gRPC code. `details` become Failure.details.
absl::Status MakeFailure(Reason reason, std::string message,
                         std::map<std::string, std::string> details = {});

// The same with the tail of helm's own output.
absl::Status MakeHelmFailure(Reason reason, std::string message, std::string helm_output,
                             std::map<std::string, std::string> details = {});

// One wrong field of a request or a file.
struct FieldViolation {
  std::string field;        // a path: `plan.charts[0].timeout`
  std::string description;  // what is wrong, what was expected
};

// A status with all the violations (at least one); its message lists them. They become
// google.rpc.BadRequest.
absl::Status MakeInvalid(Reason reason, std::vector<FieldViolation> violations);
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

// A status that carries exactly `failure`; its reason gives the code (unknown reasons: INTERNAL).
absl::Status StatusFrom(const v1::Failure& failure);

// The failure that `status`, which must not be OK, carries. A status without one (from a library,
// or a bug) becomes an INTERNAL failure with its message.
v1::Failure FailureOf(const absl::Status& status);

// The reason of `status`, which must not be OK; kInternal when it has none that is in the table.
Reason ReasonOf(const absl::Status& status);

// True for a non-OK status with that reason.
bool HasReason(const absl::Status& status, Reason reason);

// Wraps on the way up: "while DOING: message". OK stays OK; reason and details stay.
absl::Status While(absl::string_view doing, const absl::Status& status);

}  // namespace wheelhouse

#include "client/cli/shell/exit_code.h"

#include "common/failure.h"

namespace wheelhouse::cli {

int ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return kExitDone;
  const Reason reason = ReasonOf(status);
  if (reason != Reason::kInternal) return InfoOf(reason).exit_code;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return kExitNoAccess;
    case absl::StatusCode::kDeadlineExceeded:
      return kExitDeadline;
    case absl::StatusCode::kCancelled:
      return kExitCancelled;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnimplemented:
      return kExitUsage;
    default:
      return kExitRunFailed;
  }
}

int ExitCodeOf(const v1::Run& run) {
  if (run.state() == v1::RUN_STATE_SUCCEEDED) return kExitDone;
  if (run.state() == v1::RUN_STATE_CANCELLED) return kExitCancelled;
  const ReasonInfo* reason = FindReason(run.failure().reason());
  return reason != nullptr && reason->exit_code == kExitDeadline ? kExitDeadline : kExitRunFailed;
}

}  // namespace wheelhouse::cli

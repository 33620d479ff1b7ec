// The one list of reasons. A reason is the UPPER_SNAKE string in Failure.reason and in
// ErrorInfo.reason of RPC errors; the table says for each when it is given, its gRPC code, the
// CLI's exit code, and whether upgrade_retry may repeat.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <vector>

namespace wheelhouse {

enum class Reason {
  kInternal,
  kPlanInvalid,
  kValuesInvalid,
  kConfigInvalid,
  kChartInvalid,
  kChartNotFound,
  kChartChanged,
  kChartNotSigned,
  kSignatureInvalid,
  kNoTrustedKeys,
  kRepositoryUnavailable,
  kChartNotUploaded,
  kUploadTooLarge,
  kChartTooLarge,
  kClusterUnknown,
  kClusterUnreachable,
  kClusterAnswerTooLarge,
  kCredentialsInvalid,
  kUnauthenticated,
  kPermissionDenied,
  kTargetNotAllowed,
  kSourceNotAllowed,
  kOptionNotAllowed,
  kNamespaceNotAllowed,
  kObjectNotFound,
  kKindUnknown,
  kReleaseLocked,
  kReleaseDriverUnsupported,
  kOwnershipConflict,
  kFieldConflict,
  kObjectConflict,
  kCrdInUse,
  kVolumeLoss,
  kApplyRejected,
  kImmutableField,
  kHookFailed,
  kHookUnavailable,
  kHookOvertaken,
  kNotReady,
  kPodFailing,
  kValidationFailed,
  kStepFailed,
  kHelmFailed,
  kRenderTimeout,
  kChildOutOfMemory,
  kChildOutOfCpu,
  kHelmMissing,
  kHelmUnsupported,
  kKustomizeMissing,
  kGpgvMissing,
  kDeadlineExceeded,
  kCancelled,
  kSuperseded,
  kInterrupted,
  kDaemonCrashed,
  kLeaseLost,
  kOvertaken,
  kRunNotFound,
  kRunNotEnded,
  kPlanErased,
  kPlanUnknown,
  kPlanStale,
  kApprovalMissing,
  kReleaseProtected,
  kRequestIdReused,
  kQueueFull,
  kCallerLimit,
  kStoreFull,
  kWatcherTooSlow,
  kStoreUnavailable,
  kShuttingDown,
  kNotBuiltYet,
};

// Exit codes of the command line.
enum ExitCode {
  kExitDone = 0,
  kExitRunFailed = 1,
  kExitUsage = 2,
  kExitNoAccess = 3,
  kExitCancelled = 4,
  kExitDeadline = 5
};

struct ReasonInfo {
  Reason reason;
  const char* name;
  absl::StatusCode code;
  int exit_code;
  bool retryable;    // upgrade_retry may repeat exec after it
  const char* when;  // one sentence, for people
  const char* hint;  // what to do next; may be empty
};

// The row of a reason. Never fails.
const ReasonInfo& InfoOf(Reason reason);

// The row by name; nullptr for a name that is not in the table (say, from a newer daemon).
const ReasonInfo* FindReason(absl::string_view name);

// The whole table, in the order of the enum.
const std::vector<ReasonInfo>& AllReasons();

}  // namespace wheelhouse

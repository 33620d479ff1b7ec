#include "common/reason.h"

namespace wheelhouse {

const std::vector<ReasonInfo>& AllReasons() {
  using enum absl::StatusCode;
  static const auto* const table = new std::vector<ReasonInfo>{
      {Reason::kInternal, "INTERNAL", kInternal, kExitRunFailed, false,
       "wheelhouse itself is at fault", "see the daemon's log and report it"},
      {Reason::kPlanInvalid, "PLAN_INVALID", kInvalidArgument, kExitUsage, false,
       "a field of the plan is wrong", "correct the fields named"},
      {Reason::kValuesInvalid, "VALUES_INVALID", kInvalidArgument, kExitUsage, false,
       "the values cannot be read or merged", "correct the values named"},
      {Reason::kConfigInvalid, "CONFIG_INVALID", kInvalidArgument, kExitUsage, false,
       "wheelhoused.yaml is wrong", "correct the line named"},
      {Reason::kChartInvalid, "CHART_INVALID", kInvalidArgument, kExitRunFailed, false,
       "the archive is not a chart, or is not safe to unpack", "check it with helm lint"},
      {Reason::kChartNotFound, "CHART_NOT_FOUND", kNotFound, kExitRunFailed, false,
       "the repository or registry does not have the chart", "check name, version and address"},
      {Reason::kChartNotUploaded, "CHART_NOT_UPLOADED", kFailedPrecondition, kExitRunFailed, false,
       "the daemon does not hold the archive with this digest", "upload the chart again"},
      {Reason::kUploadTooLarge, "UPLOAD_TOO_LARGE", kResourceExhausted, kExitUsage, false,
       "the archive or the caller's quota is exceeded", "pack less, see .helmignore"},
      {Reason::kClusterUnknown, "CLUSTER_UNKNOWN", kNotFound, kExitUsage, false,
       "the daemon's configuration has no such cluster", "wheelhouse status lists the clusters"},
      {Reason::kClusterUnreachable, "CLUSTER_UNREACHABLE", kUnavailable, kExitRunFailed, true,
       "the API server does not answer",
       "check the network and the server's address in the kubeconfig"},
      {Reason::kCredentialsInvalid, "CREDENTIALS_INVALID", kFailedPrecondition, kExitRunFailed,
       false, "the daemon's credentials for the cluster are refused or expired",
       "renew the credentials in the daemon's kubeconfig"},
      {Reason::kUnauthenticated, "UNAUTHENTICATED", kUnauthenticated, kExitNoAccess, false,
       "the daemon does not know the caller", "present a client certificate"},
      {Reason::kPermissionDenied, "PERMISSION_DENIED", kPermissionDenied, kExitNoAccess, false,
       "the cluster or the daemon does not allow it", "ask for the right named"},
      {Reason::kTargetNotAllowed, "TARGET_NOT_ALLOWED", kPermissionDenied, kExitRunFailed, false,
       "a probe's address is outside egress.allow", "ask the operator to allow the address"},
      {Reason::kNamespaceNotAllowed, "NAMESPACE_NOT_ALLOWED", kPermissionDenied, kExitRunFailed,
       false, "an object is in a namespace that the run does not hold",
       "list it in extraNamespaces"},
      {Reason::kObjectNotFound, "OBJECT_NOT_FOUND", kNotFound, kExitRunFailed, true,
       "an object does not exist", ""},
      {Reason::kKindUnknown, "KIND_UNKNOWN", kFailedPrecondition, kExitRunFailed, true,
       "the cluster serves no such kind", "check apiVersion and kind, or deploy its CRD first"},
      {Reason::kReleaseLocked, "RELEASE_LOCKED", kFailedPrecondition, kExitRunFailed, false,
       "another helm operation holds the release, or was killed while it did",
       "wait for it, or roll the release back with helm"},
      {Reason::kOwnershipConflict, "OWNERSHIP_CONFLICT", kFailedPrecondition, kExitRunFailed, false,
       "an object exists and belongs to somebody else",
       "remove it, or deploy under its owner's release"},
      {Reason::kFieldConflict, "FIELD_CONFLICT", kFailedPrecondition, kExitRunFailed, false,
       "another field manager owns a field", "set fieldConflicts: FORCE to take it over"},
      {Reason::kObjectConflict, "OBJECT_CONFLICT", kAborted, kExitRunFailed, true,
       "an object was changed by somebody else in between", ""},
      {Reason::kApplyRejected, "APPLY_REJECTED", kFailedPrecondition, kExitRunFailed, true,
       "the API server refused an object", "correct the field named"},
      {Reason::kHookFailed, "HOOK_FAILED", kFailedPrecondition, kExitRunFailed, true,
       "a helm hook of the chart failed", "see the hook's logs in the evidence"},
      {Reason::kNotReady, "NOT_READY", kDeadlineExceeded, kExitRunFailed, true,
       "the chart's timeout passed before everything was ready",
       "see what was not ready, or raise timeout"},
      {Reason::kPodFailing, "POD_FAILING", kFailedPrecondition, kExitRunFailed, true,
       "a pod cannot become ready, however long one waits", "see the pod's reason"},
      {Reason::kValidationFailed, "VALIDATION_FAILED", kFailedPrecondition, kExitRunFailed, false,
       "what was deployed is not as it should be", ""},
      {Reason::kStepFailed, "STEP_FAILED", kFailedPrecondition, kExitRunFailed, false,
       "a step failed", ""},
      {Reason::kHelmFailed, "HELM_FAILED", kFailedPrecondition, kExitRunFailed, true,
       "helm failed in a way that has no reason of its own", "see helm's own words"},
      {Reason::kHelmMissing, "HELM_MISSING", kFailedPrecondition, kExitRunFailed, false,
       "the helm binary cannot be run", "install helm, or set helm.path in wheelhoused.yaml"},
      {Reason::kHelmUnsupported, "HELM_UNSUPPORTED", kFailedPrecondition, kExitRunFailed, false,
       "the helm binary is older than 3.18 or newer than 4", "install helm 3.18 or later, or 4"},
      {Reason::kDeadlineExceeded, "DEADLINE_EXCEEDED", kDeadlineExceeded, kExitDeadline, false,
       "the plan's deadline or queueTimeout passed", "raise it, or see what the run waited for"},
      {Reason::kCancelled, "CANCELLED", kCancelled, kExitCancelled, false,
       "somebody cancelled the run", ""},
      {Reason::kInterrupted, "INTERRUPTED", kAborted, kExitRunFailed, false,
       "the daemon ended while the run was going on",
       "look at the release, then run the plan again"},
      {Reason::kRunNotFound, "RUN_NOT_FOUND", kNotFound, kExitUsage, false, "there is no such run",
       "wheelhouse runs list shows the runs"},
      {Reason::kRequestIdReused, "REQUEST_ID_REUSED", kAlreadyExists, kExitUsage, false,
       "the request id was used for another request", "use a new request id"},
      {Reason::kQueueFull, "QUEUE_FULL", kResourceExhausted, kExitNoAccess, false,
       "too many runs wait", "try again later"},
      {Reason::kWatcherTooSlow, "WATCHER_TOO_SLOW", kResourceExhausted, kExitNoAccess, false,
       "the stream was not read fast enough", "watch again after the last sequence"},
      {Reason::kStoreUnavailable, "STORE_UNAVAILABLE", kUnavailable, kExitNoAccess, false,
       "the daemon's store cannot be written or read", "see the daemon's disk and log"},
      {Reason::kShuttingDown, "SHUTTING_DOWN", kUnavailable, kExitNoAccess, false,
       "the daemon is shutting down", "try again when it is back"},
      {Reason::kNotBuiltYet, "NOT_BUILT_YET", kUnimplemented, kExitUsage, false,
       "this daemon does not have what was asked for", "remove the field, or upgrade the daemon"},
  };
  return *table;
}

const ReasonInfo& InfoOf(Reason reason) { return AllReasons()[static_cast<size_t>(reason)]; }

const ReasonInfo* FindReason(absl::string_view name) {
  for (const ReasonInfo& row : AllReasons()) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

}  // namespace wheelhouse

#include "server/helm/helm_errors.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <vector>

#include "common/failure.h"

namespace wheelhouse::helm {
namespace {

constexpr size_t kTail = 4 << 10;

struct Pattern {
  const char* words;  // found anywhere in stderr
  Reason reason;
};

// The first that is found counts: the narrower stand first. Words of helm 3.18 to 4.3 and of the
// API server.
constexpr Pattern kPatterns[] = {
    {"another operation (install/upgrade/rollback) is in progress", Reason::kReleaseLocked},
    {"invalid ownership metadata", Reason::kOwnershipConflict},
    {"cannot be imported into the current release", Reason::kOwnershipConflict},
    {"conflicts with \"", Reason::kFieldConflict},
    {"conflict with \"", Reason::kFieldConflict},
    {"Apply failed with", Reason::kFieldConflict},
    {"hooks failed", Reason::kHookFailed},
    {"pre-install hook", Reason::kHookFailed},
    {"post-install hook", Reason::kHookFailed},
    {"pre-upgrade hook", Reason::kHookFailed},
    {"post-upgrade hook", Reason::kHookFailed},
    {"values don't meet the specifications of the schema", Reason::kValuesInvalid},
    {"error parsing", Reason::kValuesInvalid},
    {"cannot unmarshal", Reason::kValuesInvalid},
    {"release: not found", Reason::kObjectNotFound},
    {"Release not loaded", Reason::kObjectNotFound},
    {"not found in", Reason::kChartNotFound},
    {"failed to perform \"FetchReference\"", Reason::kChartNotFound},
    {"is not a valid chart repository", Reason::kChartNotFound},
    {"which is incompatible with Kubernetes", Reason::kChartInvalid},
    {"execution error at", Reason::kValuesInvalid},
    {"parse error at", Reason::kChartInvalid},
    {"error calling", Reason::kChartInvalid},
    {"found in Chart.yaml, but missing in charts/ directory", Reason::kChartInvalid},
    {"no matches for kind", Reason::kKindUnknown},
    {"is forbidden", Reason::kPermissionDenied},
    {"Unauthorized", Reason::kCredentialsInvalid},
    {"certificate has expired", Reason::kCredentialsInvalid},
    {"the server has asked for the client to provide credentials", Reason::kCredentialsInvalid},
    {"connection refused", Reason::kClusterUnreachable},
    {"cluster unreachable", Reason::kClusterUnreachable},
    {"i/o timeout", Reason::kClusterUnreachable},
    {"context deadline exceeded", Reason::kNotReady},
    {"timed out waiting", Reason::kNotReady},
    {"resource not ready", Reason::kNotReady},
    {"is invalid:", Reason::kApplyRejected},
    {"denied the request", Reason::kApplyRejected},
    {"strict decoding error", Reason::kApplyRejected},
    {"failed to create", Reason::kApplyRejected},
};

// helm's last error line, without its `Error: `.
std::string LastError(const std::string& text) {
  const size_t at = text.rfind("Error: ");
  std::string line = at == std::string::npos ? text : text.substr(at + 7);
  line = std::string(absl::StripAsciiWhitespace(line.substr(0, line.find('\n', 1))));
  return line.size() > 600 ? line.substr(0, 600) + "..." : line;
}

}  // namespace

absl::Status HelmError(const std::string& doing, const std::string& stderr_text,
                       const Redactor& redactor) {
  Reason reason = Reason::kHelmFailed;
  for (const Pattern& pattern : kPatterns) {
    if (!absl::StrContains(stderr_text, pattern.words)) continue;
    reason = pattern.reason;
    break;
  }
  const std::string masked = redactor.Mask(stderr_text);
  const std::string tail = masked.size() > kTail ? masked.substr(masked.size() - kTail) : masked;
  return MakeHelmFailure(reason, absl::StrCat(doing, ": ", LastError(masked)), tail);
}

}  // namespace wheelhouse::helm

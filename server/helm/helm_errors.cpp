#include "server/helm/helm_errors.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <signal.h>

#include <map>
#include <vector>

#include "common/failure.h"
#include "common/process/child_limits.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::helm {
namespace {

constexpr size_t kTail = 4 << 10;
constexpr size_t kLongestMessage = 600;

enum class Where { kBegins, kHolds, kEnds };

struct Words {
  Where where;
  const char* words;
  Reason reason;
};

// Messages of helm 3.18 to 4.3 and of the API server, as measured (helm_errors_test.cpp has the
// texts). The first match counts. Messages that quote what a chart or a person wrote are recognized
// by how they begin, so those come first; then narrower matches before wider ones.
constexpr Words kCluster[] = {
    {Where::kBegins, "execution error at (", Reason::kValuesInvalid},
    {Where::kBegins, "values don't meet the specifications of the schema", Reason::kValuesInvalid},
    {Where::kBegins, "failed to parse ", Reason::kValuesInvalid},
    {Where::kBegins, "template: ", Reason::kChartInvalid},
    {Where::kBegins, "parse error at (", Reason::kChartInvalid},
    {Where::kBegins, "YAML parse error on ", Reason::kChartInvalid},
    {Where::kBegins, "chart requires kubeVersion", Reason::kChartInvalid},
    {Where::kHolds, " executing \"", Reason::kChartInvalid},
    {Where::kHolds, "found in Chart.yaml, but missing in charts/", Reason::kChartInvalid},
    {Where::kHolds, "(install/upgrade/rollback) is in progress", Reason::kReleaseLocked},
    {Where::kHolds, "cannot be imported into the current release", Reason::kOwnershipConflict},
    {Where::kHolds, "Apply failed with ", Reason::kFieldConflict},
    // A webhook's own network and certificates are not the cluster's.
    {Where::kHolds, "failed calling webhook", Reason::kApplyRejected},
    {Where::kHolds, "the server has asked for the client to provide credentials",
     Reason::kCredentialsInvalid},
    {Where::kHolds, "getting credentials: ", Reason::kCredentialsInvalid},
    {Where::kHolds, "x509: ", Reason::kCredentialsInvalid},
    {Where::kHolds, "Unauthorized", Reason::kCredentialsInvalid},
    {Where::kHolds, "ubernetes cluster unreachable: ", Reason::kClusterUnreachable},
    // This includes a hook that did not end in time, as when our own bound comes first.
    {Where::kEnds, "context deadline exceeded", Reason::kNotReady},
    {Where::kEnds, "timed out waiting for the condition", Reason::kNotReady},
    {Where::kBegins, "failed pre-install: ", Reason::kHookFailed},
    {Where::kBegins, "failed post-install: ", Reason::kHookFailed},
    {Where::kBegins, "pre-upgrade hooks failed: ", Reason::kHookFailed},
    {Where::kBegins, "post-upgrade hooks failed: ", Reason::kHookFailed},
    // helm 3 reports this only of hooks.
    {Where::kHolds, " failed: BackoffLimitExceeded", Reason::kHookFailed},
    {Where::kHolds, " failed: DeadlineExceeded", Reason::kHookFailed},
    {Where::kHolds, "not ready. status: Failed", Reason::kPodFailing},
    {Where::kHolds, "no matches for kind", Reason::kKindUnknown},
    {Where::kHolds, "because it is being terminated", Reason::kObjectConflict},
    {Where::kHolds, "the object has been modified", Reason::kObjectConflict},
    // Admission (quota, policies, pod security) says `is forbidden` as well.
    {Where::kHolds, " is forbidden: User \"", Reason::kPermissionDenied},
    {Where::kHolds, "attempting to grant RBAC permissions", Reason::kPermissionDenied},
    {Where::kHolds, " is forbidden: ", Reason::kApplyRejected},
    {Where::kHolds, " denied the request", Reason::kApplyRejected},
    // The record itself: its only data is the release.
    {Where::kHolds, "Secret \"sh.helm.release.v1.", Reason::kChartTooLarge},
    {Where::kHolds, " is invalid: ", Reason::kApplyRejected},
    {Where::kHolds, "connection refused", Reason::kClusterUnreachable},
    {Where::kHolds, "connection reset by peer", Reason::kClusterUnreachable},
    {Where::kHolds, "i/o timeout", Reason::kClusterUnreachable},
    {Where::kHolds, "TLS handshake timeout", Reason::kClusterUnreachable},
    {Where::kHolds, "unexpected error when reading response body", Reason::kClusterUnreachable},
    {Where::kHolds, "etcdserver: ", Reason::kClusterUnreachable},
    {Where::kHolds, "apiserver is shutting down", Reason::kClusterUnreachable},
    {Where::kHolds, "server is currently unable to handle the request",
     Reason::kClusterUnreachable},
    {Where::kEnds, ": EOF", Reason::kClusterUnreachable},
    // The error of a request: `Patch "https://...": unexpected EOF`. Template errors have no quote
    // there.
    {Where::kEnds, "\": unexpected EOF", Reason::kClusterUnreachable},
    {Where::kHolds, "server-side apply failed for object", Reason::kApplyRejected},
    {Where::kHolds, "cannot be handled as a ", Reason::kApplyRejected},
    {Where::kHolds, "error validating data", Reason::kApplyRejected},
    {Where::kBegins, "release has no ", Reason::kObjectNotFound},
    {Where::kEnds, " not found", Reason::kObjectNotFound},
};

bool Fits(const Words& row, absl::string_view text) {
  switch (row.where) {
    case Where::kBegins:
      return absl::StartsWith(text, row.words);
    case Where::kEnds:
      return absl::EndsWith(text, row.words);
    default:
      return absl::StrContains(text, row.words);
  }
}

template <size_t kRows>
Reason ReasonIn(const Words (&rows)[kRows], absl::string_view text) {
  for (const Words& row : rows) {
    if (Fits(row, text)) return row.reason;
  }
  return Reason::kHelmFailed;
}

// What follows the last `Error: ` at the start of a line, joined into one line. helm 3 numbers
// causes even when there is only one.
std::string ErrorIn(const std::string& text) {
  const size_t at = ("\n" + text).rfind("\nError: ");
  if (at == std::string::npos) return "";
  absl::string_view error = text;
  error.remove_prefix(at + 7);
  error = error.substr(0, error.find("\n\nUse --debug flag"));
  std::string line =
      absl::StrJoin(absl::StrSplit(error, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()), " ");
  line = std::string(absl::StripPrefix(line, "UPGRADE FAILED: "));
  return absl::StrReplaceAll(line, {{"1 error occurred: * ", ""}});
}

// The text between `before` and the next `after`; empty when there is no `before`.
std::string Between(const std::string& text, const std::string& before, const std::string& after) {
  const size_t found = text.find(before);
  if (found == std::string::npos) return "";
  const size_t begin = found + before.size();
  const size_t end = text.find(after, begin);
  return end == std::string::npos ? text.substr(begin) : text.substr(begin, end - begin);
}

std::map<std::string, std::string> DetailsOf(Reason reason, const std::string& error) {
  std::map<std::string, std::string> details;
  if (reason == Reason::kFieldConflict) {
    // `conflict with "kubectl" using apps/v1: .spec.replicas`, or for several fields `conflicts
    // with "kubectl": - .spec.replicas - .spec.paused`.
    const std::string conflict = Between(error, " with \"", "\n");
    const std::string fields = Between(conflict, ": ", "\n");
    details["manager"] = conflict.substr(0, conflict.find('"'));
    details["field"] = Between(absl::StartsWith(fields, "- ") ? fields : "- " + fields, "- ", " ");
  } else if (reason == Reason::kHookFailed) {
    const std::string id = Between(error, "resource Job/", " ");
    const std::string job =
        id.empty() ? Between(error, "job ", " failed: ") : id.substr(id.find('/') + 1);
    if (!job.empty() && !absl::StrContains(job, ' ')) details["job"] = job;
  }
  return details;
}

// The end of a text, in whole lines unless a single line is longer than that.
std::string TailOf(const std::string& text) {
  if (text.size() <= kTail) return text;
  const size_t begin = text.size() - kTail;
  const size_t line = text.find('\n', begin - 1);
  return text.substr(line < text.size() - 1 ? line + 1 : begin);
}

// For a helm that printed no error, such as one that was killed.
std::string WithoutWords(const ProcessResult& result) {
  if (result.signal == 0)
    return absl::StrCat("helm ended with exit code ", result.exit_code, " and no error message");
  // The kernel kills what takes too much memory this way.
  return absl::StrCat("helm was killed by signal ", result.signal,
                      result.signal == SIGKILL ? "; did it run out of memory?" : "");
}

}  // namespace

absl::Status HelmError(absl::string_view verb, const std::string& doing,
                       const ProcessResult& result, const Redactor& redactor) {
  RETURN_IF_ERROR(CheckWithinLimits(result, doing));
  const std::string plain = ErrorIn(result.err);
  Reason reason = ReasonIn(kCluster, plain);
  if (plain.empty()) reason = Reason::kHelmFailed;
  // An uninstall waits only for hooks to become ready.
  if (verb == "uninstall" && reason == Reason::kPodFailing) reason = Reason::kHookFailed;

  // Mask before cutting anything: half a secret would not be recognized.
  const std::string masked = redactor.Mask(result.err);
  std::string error = ErrorIn(masked);
  if (error.empty()) error = WithoutWords(result);
  std::map<std::string, std::string> details = DetailsOf(reason, error);
  if (error.size() > kLongestMessage)
    error = absl::StrCat(CutAtCharacter(error, kLongestMessage), "...");
  return MakeHelmFailure(reason, absl::StrCat(doing, ": ", error), TailOf(masked),
                         std::move(details));
}

}  // namespace wheelhouse::helm

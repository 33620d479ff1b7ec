#include "client/cli/text_printer.h"

#include <absl/strings/str_split.h>

#include "common/durations.h"
#include "common/failure.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr size_t kEvidenceLines = 10;

std::string DurationText(const google::protobuf::Duration& duration) {
  const absl::Duration time = ToDuration(duration);
  return absl::FormatDuration(absl::Trunc(
      time, time < absl::Seconds(10) ? absl::Milliseconds(1) : absl::Milliseconds(100)));
}

void PrintIndented(const std::string& text, size_t last_lines, std::ostream& out) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  size_t first = 0;
  if (last_lines > 0 && lines.size() > last_lines) {
    first = lines.size() - last_lines;
    out << "    ... (" << first << " lines before)\n";
  }
  for (size_t i = first; i < lines.size(); ++i) out << "    " << lines[i] << "\n";
}

void PrintQueue(const v1::QueuePlace& queue, std::ostream& out) {
  out << "  position " << queue.position();
  for (const auto& other : queue.waits_for())
    out << ", waits for " << other.run_id() << " of " << other.caller() << " ("
        << absl::StrJoin(other.keys(), ", ") << ")";
}

}  // namespace

void PrintEvent(const v1::RunEvent& event, std::ostream& out) {
  if (!event.has_transition()) return;
  const v1::Transition& t = event.transition();
  if (t.chart().empty()) {
    if (t.run_state() == v1::RUN_STATE_UNSPECIFIED && !t.cancel_requested()) return;
    out << "run " << event.run_id();
    if (t.run_state() != v1::RUN_STATE_UNSPECIFIED) out << "  " << ShortName(t.run_state());
    if (t.cancel_requested()) out << "  cancel requested by " << t.cancelled_by();
    if (t.has_queue()) PrintQueue(t.queue(), out);
  } else {
    out << t.chart();
    if (t.stage() != v1::STAGE_UNSPECIFIED) out << "  " << ShortName(t.stage());
    if (!t.step().empty()) out << "/" << t.step();
    if (t.state() != v1::STATE_UNSPECIFIED) out << "  " << ShortName(t.state());
    if (t.skip_reason() != v1::SKIP_REASON_UNSPECIFIED)
      out << " (" << ShortName(t.skip_reason()) << ")";
    if (t.decision() != v1::DECISION_UNSPECIFIED) out << "  " << ShortName(t.decision());
    if (t.revision() > 0) out << "  revision " << t.revision();
    if (t.attempt() > 1) out << "  try " << t.attempt();
  }
  if (t.has_duration()) out << "  " << DurationText(t.duration());
  if (!t.outcome().empty()) out << "  " << t.outcome();
  out << std::endl;
}

void PrintFailure(const v1::Failure& failure, std::ostream& out) {
  if (!failure.chart().empty()) out << failure.chart();
  if (failure.stage() != v1::STAGE_UNSPECIFIED) out << " " << ShortName(failure.stage());
  if (!failure.step().empty()) out << "/" << failure.step();
  if (!failure.chart().empty()) out << ": ";
  out << failure.reason() << ": " << failure.message() << "\n";
  if (!failure.helm_output().empty()) {
    out << "  helm:\n";
    PrintIndented(failure.helm_output(), 0, out);
  }
  for (const auto& evidence : failure.evidence()) {
    out << "  " << evidence.kind() << " " << evidence.object() << ":\n";
    PrintIndented(evidence.text(), kEvidenceLines, out);
  }
  for (const auto& second : failure.secondary())
    out << "  also: " << second.reason() << ": " << second.message() << "\n";
  for (const auto& left : failure.left_changed())
    out << "  left changed: " << left.kind() << " " << left.name() << ": " << left.change() << "\n";
  if (!failure.hint().empty()) out << "  hint: " << failure.hint() << "\n";
}

void PrintFailures(const v1::Run& run, std::ostream& out) {
  if (run.has_failure()) PrintFailure(run.failure(), out);
  for (const auto& chart : run.charts()) {
    if (!chart.has_failure()) continue;
    const bool told = run.has_failure() && chart.failure().chart() == run.failure().chart();
    if (!told) PrintFailure(chart.failure(), out);
  }
}

void PrintError(const absl::Status& status, std::ostream& out) {
  const v1::Failure failure = FailureOf(status);
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  out << "wheelhouse: ";
  // A status without a reason of the table is told by its code.
  if (ReasonOf(status) == Reason::kInternal && status.code() != absl::StatusCode::kInternal) {
    out << absl::StatusCodeToString(status.code()) << ": " << std::string(status.message()) << "\n";
    return;
  }
  out << failure.reason() << ": ";
  if (violations.empty()) {
    out << failure.message() << "\n";
  } else {
    out << "\n";
    for (const auto& violation : violations)
      out << "  " << violation.field << ": " << violation.description << "\n";
  }
  if (!failure.hint().empty()) out << "  hint: " << failure.hint() << "\n";
}

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

#include "client/cli/output/failure_text.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "client/cli/output/terminal_text.h"
#include "common/failure.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr size_t kTailLines = 10;

std::vector<absl::string_view> LinesOf(absl::string_view text) {
  std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

void PrintIndented(absl::string_view text, size_t most, std::ostream& out) {
  const std::vector<absl::string_view> lines = LinesOf(text);
  const size_t first = lines.size() > most ? lines.size() - most : 0;
  if (first > 0) out << "    ... (" << first << " earlier lines)\n";
  for (size_t i = first; i < lines.size(); ++i) out << "    " << Printable(lines[i]) << "\n";
}

// A log is cut at its beginning, everything else at its end: the newest events come first.
void PrintEvidence(const v1::Evidence& evidence, size_t most, std::ostream& out) {
  out << "  " << Printable(evidence.kind()) << " " << Printable(evidence.object())
      << (evidence.truncated() ? " (truncated)" : "") << ":\n";
  if (evidence.kind() == "logs" || evidence.kind() == "previous_logs")
    return PrintIndented(evidence.text(), most, out);
  const std::vector<absl::string_view> lines = LinesOf(evidence.text());
  for (size_t i = 0; i < std::min(most, lines.size()); ++i)
    out << "    " << Printable(lines[i]) << "\n";
  if (lines.size() > most) out << "    ... (" << lines.size() - most << " more lines)\n";
}

// Continues the line; further lines are indented.
void PrintRest(absl::string_view text, std::ostream& out) {
  const std::vector<absl::string_view> lines = LinesOf(text);
  for (size_t i = 0; i < lines.size(); ++i) out << (i > 0 ? "\n    " : "") << Printable(lines[i]);
  out << "\n";
}

void PrintReason(const v1::Failure& failure, std::ostream& out) {
  out << Printable(failure.reason());
  // Code of the caller's own has a word of its own for why (HookFailure.reason).
  const auto own = failure.details().find("hook_reason");
  if (own != failure.details().end()) out << " (" << Printable(own->second) << ")";
  out << ": ";
  PrintRest(failure.message(), out);
}

std::string Where(const v1::Failure& failure) {
  std::string where = Printable(failure.chart());
  if (failure.stage() != v1::STAGE_UNSPECIFIED)
    absl::StrAppend(&where, where.empty() ? "" : " ", ShortName(failure.stage()));
  if (!failure.step().empty()) absl::StrAppend(&where, "/", Printable(failure.step()));
  return where.empty() ? where : where + ": ";
}

}  // namespace

void PrintFailure(const v1::Failure& failure, Evidence how, std::ostream& out) {
  const size_t most = how == Evidence::kTail ? kTailLines : std::string::npos;
  out << Where(failure);
  PrintReason(failure, out);
  if (!failure.helm_output().empty()) {
    out << "  helm:\n";
    PrintIndented(failure.helm_output(), std::string::npos, out);
  }
  for (const auto& evidence : failure.evidence()) PrintEvidence(evidence, most, out);
  for (const auto& second : failure.secondary()) {
    out << "  also: " << Where(second);
    PrintReason(second, out);
    PrintIndented(second.helm_output(), most, out);
  }
  for (const auto& left : failure.left_changed())
    out << "  left changed: " << Printable(left.kind()) << " " << Printable(left.name()) << ": "
        << Printable(left.change()) << "\n";
  for (const auto& left : failure.handed_over())
    out << "  handed over: " << Printable(left.kind()) << " " << Printable(left.name()) << ": "
        << Printable(left.change()) << "\n";
  if (!failure.hint().empty()) out << "  hint: " << Printable(failure.hint()) << "\n";
}

void PrintFailures(const v1::Run& run, Evidence how, std::ostream& out) {
  std::vector<const v1::Failure*> failures;
  if (run.has_failure()) failures.push_back(&run.failure());
  for (const auto& chart : run.charts()) {
    const bool printed = run.has_failure() && chart.failure().chart() == run.failure().chart();
    if (chart.has_failure() && !printed) failures.push_back(&chart.failure());
  }
  for (const v1::Failure* failure : failures) {
    if (failure != failures.front()) out << "\n";
    PrintFailure(*failure, how, out);
  }
}

void PrintError(const absl::Status& status, HintStyle style, std::ostream& out) {
  v1::Failure failure = FailureOf(status);
  failure.set_hint(HintText(failure, style));
  const std::vector<FieldViolation> violations = ViolationsOf(status);
  out << "wheelhouse: ";
  // A status without a reason of the table is shown with its code, where that adds something.
  if (ReasonOf(status) == Reason::kInternal && status.code() != absl::StatusCode::kInternal) {
    if (status.code() != absl::StatusCode::kInvalidArgument &&
        status.code() != absl::StatusCode::kUnavailable)
      out << absl::StatusCodeToString(status.code()) << ": ";
    return PrintRest(std::string(status.message()), out);
  }
  if (violations.empty()) {
    PrintReason(failure, out);
  } else {
    out << failure.reason() << ":\n";
    for (const auto& violation : violations) {
      out << "  " << Printable(violation.field) << ": ";
      PrintRest(violation.description, out);
    }
  }
  if (!failure.hint().empty()) out << "  hint: " << Printable(failure.hint()) << "\n";
}

}  // namespace wheelhouse::cli

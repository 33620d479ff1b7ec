#include "server/runs/log/chart_journal.h"

#include <absl/strings/str_cat.h>

#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::runs {
namespace {

constexpr size_t kLongestLine = 16 << 10;

}  // namespace

LogEntry ChartJournal::EntryOf(const v1::Transition& transition,
                               const lifecycle::JournalNote& note) const {
  LogEntry entry;
  *entry.event.mutable_transition() = transition;
  entry.event.mutable_transition()->set_chart(chart_);
  entry.journal = {chart_, note.intended_revision, note.memory};
  return entry;
}

absl::Status ChartJournal::Record(const v1::Transition& transition,
                                  const lifecycle::JournalNote& note) {
  return log_->Append({EntryOf(transition, note)});
}

absl::Status ChartJournal::RecordSoon(const v1::Transition& transition,
                                      const lifecycle::JournalNote& note) {
  return log_->AppendSoon(EntryOf(transition, note));
}

absl::Status ChartJournal::RecordFailure(const v1::Failure& failure) {
  v1::RunEvent event;
  *event.mutable_failure() = failure;
  event.mutable_failure()->set_chart(chart_);
  return log_->Append(std::move(event));
}

absl::Status ChartJournal::Keep(const std::string& name, const std::string& bytes) {
  return store_.Keep(log_->run_id(), chart_, name, bytes, std::nullopt);
}

absl::Status ChartJournal::KeepWithinBound(const std::string& name, const std::string& bytes) {
  absl::Status kept = store_.Keep(log_->run_id(), chart_, name, bytes, kept_bytes_);
  if (!absl::IsResourceExhausted(kept)) return kept;
  return MakeFailure(
      Reason::kCallerLimit,
      absl::StrCat("there is no room for ", bytes.size(), " bytes more: of all of a caller's runs ",
                   kept_bytes_,
                   " bytes are kept (limits.keptBytesPerCaller). Copies of objects and "
                   "payloads go when their run succeeds, and a day after it has not: save fewer "
                   "objects, or ask the operator"));
}

absl::StatusOr<std::optional<std::string>> ChartJournal::Kept(const std::string& name) {
  return store_.Kept(log_->run_id(), chart_, name);
}

absl::StatusOr<std::optional<std::string>> ChartJournal::KeptBy(const std::string& run_id,
                                                                const std::string& name) {
  return store_.Kept(run_id, chart_, name);
}

absl::StatusOr<std::optional<lifecycle::Intention>> ChartJournal::Intended(int revision) {
  ASSIGN_OR_RETURN(const auto found, store_.FindIntention(cluster_, chart_, revision));
  if (!found.has_value()) return std::optional<lifecycle::Intention>();
  return std::optional<lifecycle::Intention>({*found});
}

void ChartJournal::Log(const v1::Log& log) {
  v1::Log line = log;
  line.set_chart(chart_);
  if (line.line().size() > kLongestLine) {
    line.set_line(std::string(CutAtCharacter(line.line(), kLongestLine)));
  }
  log_->AppendLine(std::move(line));
}

void ChartJournal::Progress(const v1::Progress& progress) {
  v1::Progress of_chart = progress;
  of_chart.set_chart(chart_);
  log_->Progress(of_chart);
}

}  // namespace wheelhouse::runs

#include "server/runs/chart_journal.h"

#include <algorithm>
#include <utility>

namespace wheelhouse::runs {
namespace {

constexpr size_t kLongestLine = 16 << 10;

// Half a UTF-8 character would make the event unreadable.
void CutAtCharacter(size_t size, std::string* line) {
  while (size > 0 && (static_cast<unsigned char>((*line)[size]) & 0xC0) == 0x80) --size;
  line->resize(size);
}

// How many bytes the character at `at` has; 0 where none begins.
size_t CharacterSize(const std::string& text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const size_t size = first < 0x80                    ? 1
                      : first >= 0xC2 && first < 0xE0 ? 2
                      : first >= 0xE0 && first < 0xF0 ? 3
                      : first >= 0xF0 && first < 0xF5 ? 4
                                                      : 0;
  if (size == 0 || at + size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return 0;
  }
  if (size < 3) return size;
  const auto second = static_cast<unsigned char>(text[at + 1]);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : size;
}

// What a program prints need not be UTF-8, and a proto string that is not cannot be read again.
std::string ValidUtf8(const std::string& text) {
  std::string valid;
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text, at);
    valid += size == 0 ? "?" : text.substr(at, size);
    at += std::max<size_t>(size, 1);
  }
  return valid;
}

}  // namespace

absl::Status ChartJournal::Record(const v1::Transition& transition,
                                  const lifecycle::JournalNote& note) {
  store::JournalRow row;
  row.chart = chart_;
  row.stage = transition.stage();
  row.index = log_->StepIndex(chart_, transition);
  row.step = transition.step();
  row.attempt = transition.attempt();
  row.state = transition.state();
  row.intended_revision = note.intended_revision;
  row.baseline_revision = note.baseline_revision;
  row.fingerprint = note.fingerprint;
  row.payload_json = note.payload_json;
  store::JournalledEvent entry;
  *entry.event.mutable_transition() = transition;
  entry.event.mutable_transition()->set_chart(chart_);
  entry.journal = std::move(row);
  return log_->Append({std::move(entry)});
}

absl::Status ChartJournal::RecordFailure(const v1::Failure& failure) {
  v1::RunEvent event;
  *event.mutable_failure() = failure;
  event.mutable_failure()->set_chart(chart_);
  return log_->Append(std::move(event));
}

void ChartJournal::Log(const v1::Log& log) {
  store::JournalledEvent entry;
  v1::Log* line = entry.event.mutable_log();
  *line = log;
  line->set_chart(chart_);
  *line->mutable_line() = ValidUtf8(line->line());
  if (line->line().size() > kLongestLine) CutAtCharacter(kLongestLine, line->mutable_line());
  log_->AppendAsync(std::move(entry));
}

void ChartJournal::Progress(const v1::Progress& progress) {
  v1::Progress of_chart = progress;
  of_chart.set_chart(chart_);
  log_->Progress(of_chart);
}

}  // namespace wheelhouse::runs

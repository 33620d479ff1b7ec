#include "client/cli/run/plain_printer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include "client/cli/output/chart_line.h"
#include "client/cli/output/failure_text.h"
#include "client/cli/output/left_behind_text.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

constexpr int kWhereColumns = 27;  // check_prerequisites/cluster
constexpr absl::Duration kSilence = absl::Minutes(1), kQuick = absl::Seconds(1);

std::string Where(v1::Stage stage, const std::string& step) {
  if (stage == v1::STAGE_UNSPECIFIED) return "";
  return absl::StrCat(ShortName(stage), step.empty() ? "" : "/", step);
}

// Steps that every run has are not worth a line when they are skipped, or when they were done at
// once and have no outcome.
bool Worthwhile(const v1::Transition& change) {
  if (change.state() == v1::STATE_RUNNING) return change.attempt() > 1 || !change.outcome().empty();
  if (change.state() == v1::STATE_SKIPPED) return change.skip_reason() == v1::SKIP_REASON_CONDITION;
  return change.state() == v1::STATE_FAILED || !change.outcome().empty() ||
         ToDuration(change.duration()) >= kQuick;
}

std::string ClaimsOf(const v1::ChartRun& chart) {
  const std::string text = ClaimsText(chart);
  return text.empty() ? "no longer waits" : text;
}

}  // namespace

void PlainPrinter::Line(const std::string& text) {
  // Empty columns leave spaces at the end.
  out_ << absl::StripTrailingAsciiWhitespace(Printable(text)) << std::endl;
  spoke_ = true;
}

void PlainPrinter::Line(const std::string& chart, const std::string& where,
                        const std::string& rest) {
  Line(absl::StrCat(Padded(Printable(chart), chart_columns_), "  ",
                    Padded(Printable(where), kWhereColumns), "  ", rest));
}

void PlainPrinter::Event(const v1::RunEvent& event, const v1::Run& run) {
  if (event.has_snapshot()) {
    chart_columns_ = ChartColumns(run);
    Line(HeaderText(run));
    if (run.has_queue()) Queued(run.queue());
  } else if (event.has_transition()) {
    Transition(event.transition(), run);
  } else if (event.has_log()) {
    const v1::Log& log = event.log();
    Line(log.chart(), Where(log.stage(), log.step()), LogText(log));
  } else if (event.has_progress()) {
    Progress(event.progress(), run);
  }
}

void PlainPrinter::Transition(const v1::Transition& change, const v1::Run& run) {
  if (change.chart().empty()) return RunChanged(change, run);
  if (!change.step().empty()) return StepChanged(change);
  if (change.stage() != v1::STAGE_UNSPECIFIED) return StageChanged(change);
  for (const auto& chart : run.charts()) {
    if (ChartKey(chart) != change.chart()) continue;
    if (change.has_claims()) Line(change.chart(), "claims", ClaimsOf(chart));
    if (Ended(change.state())) Line(change.chart(), "", FinishedText(chart));
  }
}

void PlainPrinter::RunChanged(const v1::Transition& change, const v1::Run& run) {
  if (change.cancel_requested()) {
    const std::string by = AskedBy(change.cancelled_by(), change.cancel_forced());
    Line(absl::StrCat("cancel requested by ", by));
  }
  if (!change.superseded_by().empty()) {
    const bool runs = run.state() == v1::RUN_STATE_RUNNING;
    Line(absl::StrCat(runs ? "stops: " : "superseded by ", "run ", change.superseded_by(),
                      runs ? " takes over, and what this run made stays" : ""));
  }
  if (!change.in_place_of().empty())
    Line(absl::StrCat("replaces run ", change.in_place_of(), " in the queue"));
  for (const std::string& older : change.takes_over())
    Line(absl::StrCat("takes over from run ", older, ", which stops"));
  if (change.has_queue() && change.run_state() != v1::RUN_STATE_RUNNING) Queued(change.queue());
  if (change.run_state() == v1::RUN_STATE_RUNNING && !queue_.empty()) {
    const absl::Duration waited = ToTime(run.start_time()) - ToTime(run.create_time());
    Line(absl::StrCat("running, after ", DurationText(waited), " in the queue"));
    queue_.clear();
  }
}

void PlainPrinter::Queued(const v1::QueuePlace& queue) {
  const std::string text = absl::StrCat("queued: ", QueueText(queue));
  if (text == queue_) return;
  queue_ = text;
  Line(text);
}

void PlainPrinter::StageChanged(const v1::Transition& change) {
  if (!Ended(change.state()) || printed_stage_[change.chart()] == change.stage()) return;
  Line(change.chart(), Where(change.stage(), ""), StateText(change.state(), change.skip_reason()));
}

void PlainPrinter::StepChanged(const v1::Transition& change) {
  if (change.state() != v1::STATE_RUNNING) progress_.erase(change.chart());
  if (!Worthwhile(change)) return;
  printed_stage_[change.chart()] = change.stage();
  const std::string took = change.has_duration() ? DurationText(ToDuration(change.duration())) : "";
  std::string rest =
      absl::StrFormat("%-9s  %6s  %s", ShortName(change.state()), took, change.outcome());
  if (change.state() == v1::STATE_RUNNING && change.attempt() > 1)
    absl::StrAppend(&rest, change.outcome().empty() ? "" : ", ", "try ", change.attempt());
  Line(change.chart(), Where(change.stage(), change.step()), rest);
}

void PlainPrinter::Progress(const v1::Progress& progress, const v1::Run& run) {
  // It is held back to one a second, so it may come after the end of its step.
  for (const auto& chart : run.charts()) {
    if (ChartKey(chart) != progress.chart()) continue;
    const v1::StepRun* step = RunningStep(chart);
    if (step == nullptr || step->name() != progress.step()) return;
  }
  std::string text = ProgressText(progress);
  std::string& printed = progress_[progress.chart()];
  if (text == printed) return;
  printed = text;
  Line(progress.chart(), Where(progress.stage(), progress.step()), text);
}

void PlainPrinter::Tick(const v1::Run& run, absl::Time now) {
  if (spoke_ || silent_since_ == absl::InfinitePast()) silent_since_ = now;
  spoke_ = false;
  if (now - silent_since_ < kSilence) return;
  silent_since_ = now;
  for (const auto& chart : run.charts()) {
    if (chart.state() != v1::STATE_RUNNING) continue;
    const auto progress = progress_.find(ChartKey(chart));
    Line(ChartKey(chart), RunningText(chart),
         absl::StrFormat("%-9s  %6s  %s", "RUNNING", DurationText(TimeOf(chart, now)),
                         progress == progress_.end() ? "" : progress->second));
  }
  if (!queue_.empty()) Line(absl::StrCat(queue_, ", for ", ElapsedText(TimeOf(run, now))));
  spoke_ = false;
}

void PlainPrinter::Notice(const std::string& text) { errors_ << Printable(text) << std::endl; }

void PlainPrinter::Question(const std::string& text) {
  if (!text.empty()) errors_ << text << std::endl;
}

void PlainPrinter::End(const v1::Run& run) {
  for (const std::string& line : LeftBehindLines(run)) Line("no longer in the plan: " + line);
  Line(SummaryText(run));
  PrintFailures(run, Evidence::kTail, errors_);
}

}  // namespace wheelhouse::cli

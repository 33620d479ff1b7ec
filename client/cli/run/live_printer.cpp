#include "client/cli/run/live_printer.h"

#include <absl/strings/str_cat.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "client/cli/output/chart_line.h"
#include "client/cli/output/failure_text.h"
#include "client/cli/output/left_behind_text.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr int kNarrowest = 40;  // a line that stays is never cut to less

enum Colour { kNone = 0, kRed = 31, kGreen = 32, kYellow = 33 };

Colour ColourOf(v1::State state) {
  switch (state) {
    case v1::STATE_SUCCEEDED:
      return kGreen;
    case v1::STATE_FAILED:
      return kRed;
    case v1::STATE_SKIPPED:
      return kYellow;
    default:
      return kNone;
  }
}

Colour ColourOf(v1::RunState state) {
  switch (state) {
    case v1::RUN_STATE_SUCCEEDED:
      return kGreen;
    case v1::RUN_STATE_FAILED:
      return kRed;
    case v1::RUN_STATE_CANCELLED:
      return kYellow;
    default:
      return kNone;
  }
}

}  // namespace

Terminal TerminalOn(int descriptor) {
  const auto write_all = [descriptor](const std::string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t wrote = ::write(descriptor, bytes.data() + at, bytes.size() - at);
      if (wrote > 0) {
        at += static_cast<size_t>(wrote);
      } else if (wrote < 0 && errno != EINTR) {
        return;  // the terminal is gone
      }
    }
  };
  const auto size_now = [descriptor] {
    winsize size{};
    // A serial line has no size.
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
      return TerminalSize{};
    return TerminalSize{size.ws_col, size.ws_row};
  };
  return {write_all, size_now};
}

LivePrinter::~LivePrinter() { Draw({}, terminal_.size()); }

void LivePrinter::Keep(const std::string& line, const std::string& state, int colour) {
  std::string text = Printable(line);
  const size_t at = text.find(state);
  if (colour_ && colour != kNone && at != std::string::npos)
    text = absl::StrCat(text.substr(0, at), "\x1b[", colour, "m", state, "\x1b[0m",
                        text.substr(at + state.size()));
  above_.push_back(std::move(text));
}

void LivePrinter::KeepFinished(const v1::Run& run) {
  for (const auto& chart : run.charts()) {
    if (!Ended(chart.state()) || !finished_.emplace(ChartKey(chart), true).second) continue;
    std::string line =
        absl::StrCat(Padded(Printable(ChartKey(chart)), chart_columns_), "  ", FinishedText(chart));
    // The end prints it in full.
    if (chart.state() == v1::STATE_FAILED)
      absl::StrAppend(&line, ": ", Printable(chart.failure().message()));
    line = Cut(line, std::max(kNarrowest, terminal_.size().columns - 1));
    Keep(line, ShortName(chart.state()), ColourOf(chart.state()));
    // One chart has room for a second line; with many, each has one line.
    if (run.charts_size() == 1 && !chart.stages().empty())
      Keep(absl::StrCat("  ", StagesText(chart)), "", kNone);
  }
}

void LivePrinter::Event(const v1::RunEvent& event, const v1::Run& run) {
  if (event.has_snapshot()) {
    chart_columns_ = ChartColumns(run);
    Keep(HeaderText(run), "", kNone);
  } else if (event.has_log()) {
    Heard(event.log());
  } else if (event.has_progress()) {
    progress_[event.progress().chart()] = event.progress();
  } else if (event.has_transition() && Ended(event.transition().state())) {
    words_.Forget(event.transition().chart());
  }
  KeepFinished(run);
}

void LivePrinter::Heard(const v1::Log& log) {
  if (log.kind() != v1::LOG_KIND_UNSPECIFIED) return words_.Hear(log);
  Keep(absl::StrCat(log.chart(), "  ", ShortName(log.stage()), "/", log.step(), " ", LogText(log)),
       "", kNone);
}

void LivePrinter::Tick(const v1::Run& run, absl::Time now) {
  const TerminalSize size = terminal_.size();
  std::vector<std::string> lines = LiveLines({run, progress_, words_, question_}, now, size);
  if (above_.empty() && lines == drawn_ && size == size_) return;
  Draw(lines, size);
}

void LivePrinter::Draw(const std::vector<std::string>& lines, TerminalSize size) {
  const bool resized = !(size == size_);
  const int rows =
      std::min(resized ? RowsOf(drawn_, size.columns) : static_cast<int>(drawn_.size()),
               std::max(size.rows - 1, 0));
  if (above_.empty() && lines.empty() && drawn_.empty()) return;
  terminal_.write(Frame(above_, lines, rows));
  above_.clear();
  drawn_ = lines;
  size_ = size;
}

void LivePrinter::Notice(const std::string& text) { Keep(text, "", kNone); }

void LivePrinter::Question(const std::string& text) { question_ = text; }

void LivePrinter::End(const v1::Run& run) {
  KeepFinished(run);
  for (const std::string& line : LeftBehindLines(run))
    Keep("no longer in the plan: " + line, "", kNone);
  Keep(SummaryText(run), ShortName(run.state()), ColourOf(run.state()));
  Draw({}, terminal_.size());
  PrintFailures(run, Evidence::kTail, errors_);
}

}  // namespace wheelhouse::cli

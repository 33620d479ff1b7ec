// What a terminal shows of a run that has not ended: a pure function of the run.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

struct TerminalSize {
  int columns = 80, rows = 24;
  bool operator==(const TerminalSize&) const = default;
};

// What each chart that is waited for has said last: Warning events of its objects, lines of its
// pods.
class LastWords {
 public:
  // A line that came while a chart was waited for.
  void Hear(const v1::Log& log);
  void Forget(const std::string& chart) { lines_.erase(chart); }
  // The oldest first.
  const std::deque<std::string>& Of(const std::string& chart) const;

 private:
  std::map<std::string, std::deque<std::string>> lines_;  // by chart
};

struct LiveView {
  const v1::Run& run;
  const std::map<std::string, v1::Progress>& progress;  // by chart, the latest
  const LastWords& words;
  std::string question;  // the last line
};

// The lines to draw, each narrower than the terminal, and fewer than its rows: the run's position
// while it is queued, who cancelled it, then each chart that has not ended with its stage, its time
// and what it waits for, and indented under it what it said last. Charts that run come before
// charts that wait; what does not fit is counted. What was said takes only the room that is left.
std::vector<std::string> LiveLines(const LiveView& view, absl::Time now, TerminalSize size);

// The bytes that replace what was drawn before by `above` (which stays, and scrolls up) and then
// `lines`. The cursor is `rows_before` rows below the first row of what was drawn.
std::string Frame(const std::vector<std::string>& above, const std::vector<std::string>& lines,
                  int rows_before);

// The rows that `lines` take on a terminal that was resized to `columns` and wraps them.
int RowsOf(const std::vector<std::string>& lines, int columns);

}  // namespace wheelhouse::cli

// What a terminal shows of a run that has not ended: a pure function of the run.
#pragma once

#include <absl/time/time.h>

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

struct LiveView {
  const v1::Run& run;
  const std::map<std::string, v1::Progress>& progress;  // by chart, the latest
  std::string question;                                 // the last line
};

// The lines to draw, each narrower than the terminal, and fewer than its rows: the run's position
// while it is queued, who cancelled it, then each chart that has not ended with its stage, its time
// and what it waits for. Charts that run come before charts that wait; what does not fit is
// counted.
std::vector<std::string> LiveLines(const LiveView& view, absl::Time now, TerminalSize size);

// The bytes that replace what was drawn before by `above` (which stays, and scrolls up) and then
// `lines`. The cursor is `rows_before` rows below the first row of what was drawn.
std::string Frame(const std::vector<std::string>& above, const std::vector<std::string>& lines,
                  int rows_before);

// The rows that `lines` take on a terminal that was resized to `columns` and wraps them.
int RowsOf(const std::vector<std::string>& lines, int columns);

}  // namespace wheelhouse::cli

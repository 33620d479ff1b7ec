// What a terminal shows of a run that goes on: a pure function of the picture.
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
  std::string question;                                 // stands last
};

// The lines to draw, each narrower than the terminal, one fewer than its rows at most: the run's
// place while it is queued, who cancelled it, then each chart that is not over with its stage, its
// time and what it waits for. Charts that run come before those that wait; what does not fit is
// counted.
std::vector<std::string> LiveLines(const LiveView& view, absl::Time now, TerminalSize size);

// The bytes that put `above` (which stays, and scrolls up) and then `lines` in the place of what
// was drawn before; the cursor stands `rows_before` rows below the first of that.
std::string Frame(const std::vector<std::string>& above, const std::vector<std::string>& lines,
                  int rows_before);

// The rows that `lines` take on a terminal that was resized to `columns` and has wrapped them.
int RowsOf(const std::vector<std::string>& lines, int columns);

}  // namespace wheelhouse::cli

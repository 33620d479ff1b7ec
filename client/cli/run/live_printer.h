// The live view on a terminal.
#pragma once

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "client/cli/run/live_view.h"
#include "client/cli/run/run_printer.h"

namespace wheelhouse::cli {

struct Terminal {
  std::function<void(const std::string&)> write;
  std::function<TerminalSize()> size;
};
// `descriptor` must be a terminal.
Terminal TerminalOn(int descriptor);

// Draws at ticks only, and only what has changed, so that a burst of events is one frame. A chart
// that has ended becomes a line that stays. The destructor removes the drawing.
class LivePrinter : public RunPrinter {
 public:
  LivePrinter(Terminal terminal, std::ostream* errors, bool colour)
      : terminal_(std::move(terminal)), errors_(*errors), colour_(colour) {}
  ~LivePrinter() override;

  void Event(const v1::RunEvent& event, const v1::Run& run) override;
  void Tick(const v1::Run& run, absl::Time now) override;
  void Notice(const std::string& text) override;
  void Question(const std::string& text) override;
  void End(const v1::Run& run) override;

 private:
  void Heard(const v1::Log& log);
  void KeepFinished(const v1::Run& run);
  // Adds a line that stays, and colours the state in it.
  void Keep(const std::string& line, const std::string& state, int colour);
  void Draw(const std::vector<std::string>& lines, TerminalSize size);

  const Terminal terminal_;
  std::ostream& errors_;
  const bool colour_;
  int chart_columns_ = 0;
  std::map<std::string, v1::Progress> progress_;  // by chart
  LastWords words_;
  std::map<std::string, bool> finished_;  // charts that have their line
  std::vector<std::string> above_;        // lines that stay and are not yet drawn
  std::string question_;
  std::vector<std::string> drawn_;
  TerminalSize size_;  // when that was drawn
};

}  // namespace wheelhouse::cli

// A run as lines, one for each step that was done: for output that is not redrawn.
#pragma once

#include <map>
#include <ostream>

#include "client/cli/run/run_printer.h"

namespace wheelhouse::cli {

// There is no line for what begins, nor for steps that are skipped by default. A stage has a line
// of its own when none of its steps has one. Progress is printed when it has changed; after a
// minute without any line, what is running is printed again.
class PlainPrinter : public RunPrinter {
 public:
  PlainPrinter(std::ostream* out, std::ostream* errors) : out_(*out), errors_(*errors) {}

  void Event(const v1::RunEvent& event, const v1::Run& run) override;
  void Tick(const v1::Run& run, absl::Time now) override;
  void Notice(const std::string& text) override;
  void Question(const std::string& text) override;
  void End(const v1::Run& run) override;

 private:
  void Transition(const v1::Transition& change, const v1::Run& run);
  void RunChanged(const v1::Transition& change, const v1::Run& run);
  void StageChanged(const v1::Transition& change);
  void StepChanged(const v1::Transition& change);
  void Progress(const v1::Progress& progress, const v1::Run& run);
  void Queued(const v1::QueuePlace& queue);
  // `chart  stage/step  rest`, made printable.
  void Line(const std::string& chart, const std::string& where, const std::string& rest);
  void Line(const std::string& text);

  std::ostream& out_;
  std::ostream& errors_;
  int chart_columns_ = 0;
  std::string queue_;                               // as last printed
  std::map<std::string, std::string> progress_;     // by chart, as last printed
  std::map<std::string, v1::Stage> printed_stage_;  // by chart, of its last line
  bool spoke_ = false;                              // since the last tick
  absl::Time silent_since_ = absl::InfinitePast();
};

}  // namespace wheelhouse::cli

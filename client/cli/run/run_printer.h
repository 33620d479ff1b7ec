// How a run is shown while it is watched: plain lines, a live view, or JSON. Chosen once.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>

#include "client/cli/shell/console.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// Not thread-safe. Events go to the console's `out`; failures, and what concerns the watching, to
// `errors`. Times are of the daemon's clock.
class RunPrinter {
 public:
  virtual ~RunPrinter() = default;
  // An event other than a heartbeat or a sync; each event once. `run` includes it, and may be
  // ahead of it: a snapshot is followed by the stored events that led to it.
  virtual void Event(const v1::RunEvent& event, const v1::Run& run) = 0;
  // Time has passed.
  virtual void Tick(const v1::Run& run, absl::Time now) = 0;
  // Something about the watching, not the run: the connection was lost, say.
  virtual void Notice(const std::string& text) = 0;
  // A question that waits for an answer; empty when it was answered.
  virtual void Question(const std::string& text) = 0;
  // The run has ended.
  virtual void End(const v1::Run& run) = 0;
};

// How a preview is printed.
enum class PreviewFormat {
  kReport,  // through a pager, where it is too long for the terminal
  kMarkdown,
  kMessage,  // a GetRunResponse, as JSON or YAML
  kNothing,  // its failures alone
};

// A preview is printed when it has ended.
std::unique_ptr<RunPrinter> MakePreviewPrinter(const Console& console, PreviewFormat format);

// JSON or YAML when that was asked for, live where the console has a terminal, else plain.
std::unique_ptr<RunPrinter> MakeRunPrinter(const Console& console);

}  // namespace wheelhouse::cli

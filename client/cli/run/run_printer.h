// How a run is told while it is watched: plain lines, a live view, or JSON. Chosen once.
#pragma once

#include <absl/time/time.h>

#include <memory>
#include <string>

#include "client/cli/shell/options.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// Not thread-safe. Events go to stdout, errors and what is said about the watching to stderr. Times
// are of the daemon's clock.
class RunPrinter {
 public:
  virtual ~RunPrinter() = default;
  // An event (no heartbeat, no sync; each once), which `run` holds already. Events that are told
  // again after a snapshot are older than `run`.
  virtual void Event(const v1::RunEvent& event, const v1::Run& run) = 0;
  // Time has passed.
  virtual void Tick(const v1::Run& run, absl::Time now) = 0;
  // Something that is not the run's: the connection was lost, say.
  virtual void Notice(const std::string& text) = 0;
  // A question that waits for an answer; empty when it was answered.
  virtual void Question(const std::string& text) = 0;
  // The run has ended.
  virtual void End(const v1::Run& run) = 0;
};

// A preview is told when it has ended, as a report or as GetRun's answer.
std::unique_ptr<RunPrinter> MakePreviewPrinter(const Options& options);

// JSON when it was asked for, live on a terminal that can move its cursor, else plain.
std::unique_ptr<RunPrinter> MakeRunPrinter(const Options& options);

}  // namespace wheelhouse::cli

// What the lifecycle reports of a chart while it runs. Declared here, implemented by runs/: a
// transition is durable before Record returns, and only then streamed.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>

#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::lifecycle {

// What a restart needs to know beside the transition itself; never shown.
struct JournalNote {
  int intended_revision = 0;  // set before helm is asked to make it
  std::string memory;         // opaque to the journal; ChartRequest.resume brings it back
};

// What a run was about to make of a release.
struct Intention {
  std::string run_id;
};

// One chart of one run. Thread-safe. `chart` in all messages is filled in by the implementation.
class Journal {
 public:
  virtual ~Journal() = default;
  // Durable when it returns OK. An error (STORE_UNAVAILABLE) means that the chart must stop where
  // it is.
  virtual absl::Status Record(const v1::Transition& transition, const JournalNote& note) = 0;
  // The same without waiting: what is recorded later is durable only if this is. For what is found
  // out again after a restart. An error means what it does for Record.
  virtual absl::Status RecordSoon(const v1::Transition& transition, const JournalNote& note) = 0;
  // A failure, when it happens; before the transition to FAILED. Durable as Record.
  virtual absl::Status RecordFailure(const v1::Failure& failure) = 0;
  // Keeps what a later step or a restart needs, sealed, until the run's values go. The lifecycle
  // chooses `name`; what was kept under it is replaced. Durable when it returns OK.
  virtual absl::Status Keep(const std::string& name, const std::string& bytes) = 0;
  // The same for what may be large, or may come often: CALLER_LIMIT, and nothing has changed, if
  // all that is kept of the caller's runs would then be more than the operator allows
  // (limits.keptBytesPerCaller). To be called before what it is kept for is changed.
  virtual absl::Status KeepWithinBound(const std::string& name, const std::string& bytes) = 0;
  // nullopt: nothing is kept under the name.
  virtual absl::StatusOr<std::optional<std::string>> Kept(const std::string& name) = 0;
  // What another run kept of the same release, for as long as its values are kept.
  virtual absl::StatusOr<std::optional<std::string>> KeptBy(const std::string& run_id,
                                                            const std::string& name) = 0;
  // The newest run of this daemon, this one included, that was about to make this revision of the
  // release: it identifies what a killed helm left where labels cannot (a rollback).
  virtual absl::StatusOr<std::optional<Intention>> Intended(int revision) = 0;
  // A masked line of output. Kept in order with the transitions; durable before it is streamed;
  // does not block on it.
  virtual void Log(const v1::Log& log) = 0;
  // Unsequenced; the latest wins.
  virtual void Progress(const v1::Progress& progress) = 0;
};

}  // namespace wheelhouse::lifecycle

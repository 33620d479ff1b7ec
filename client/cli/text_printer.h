// What people read: transitions as lines, failures in full.
#pragma once

#include <absl/status/status.h>

#include <ostream>
#include <string>

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// One line for a transition; nothing for other events.
void PrintEvent(const v1::RunEvent& event, std::ostream& out);

// Reason, message, helm's output, evidence (shortened), secondary, what was left changed, hint.
void PrintFailure(const v1::Failure& failure, std::ostream& out);

// The failures of a run that has ended, the earliest first.
void PrintFailures(const v1::Run& run, std::ostream& out);

// An error of this program or of an RPC: what, why, what to do next.
void PrintError(const absl::Status& status, std::ostream& out);

int ExitCodeOf(const absl::Status& status);
int ExitCodeOf(const v1::Run& run);

}  // namespace wheelhouse::cli

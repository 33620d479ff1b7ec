// Failures and errors for people. Text from a daemon or a chart is made printable.
#pragma once

#include <absl/status/status.h>

#include <ostream>

#include "client/cli/output/hints.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

enum class Evidence { kTail, kWhole };

// Reason, message, helm's output, evidence, secondary failures, what was left changed, hint. kTail
// prints ten lines of each text.
void PrintFailure(const v1::Failure& failure, Evidence evidence, std::ostream& out);

// The failures of a run and of its charts, the earliest first, with an empty line between them.
void PrintFailures(const v1::Run& run, Evidence evidence, std::ostream& out);

// An error of this program or of an RPC: what, why, what to do next.
void PrintError(const absl::Status& status, HintStyle style, std::ostream& out);

}  // namespace wheelhouse::cli

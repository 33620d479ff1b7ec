// A preview as a report: for each chart what would be done and why, which steps would run, and what
// would be lost.
#pragma once

#include <ostream>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// `run` is a preview that has ended. Failures are left to PrintFailures.
void PrintPreview(const v1::Run& run, std::ostream& out);

}  // namespace wheelhouse::cli

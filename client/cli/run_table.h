// Runs as people read them.
#pragma once

#include <ostream>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// One line.
void PrintRunLine(const v1::Run& run, std::ostream& out);
// With charts, stages and failures.
void PrintRun(const v1::Run& run, std::ostream& out);

}  // namespace wheelhouse::cli

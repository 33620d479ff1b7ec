// One chart of a run on one line: the columns that plain lines and the live view share.
#pragma once

#include <string>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// The width of the column with the charts' names: enough for the longest, within reason.
int ChartColumns(const v1::Run& run);

// The stage and step that are running, `exec/helm`; empty when none is.
std::string RunningText(const v1::ChartRun& chart);
// The step that is running; nullptr when none is.
const v1::StepRun* RunningStep(const v1::ChartRun& chart);

// A chart that has ended: `SUCCEEDED   10.5s  INSTALL revision 1`.
std::string FinishedText(const v1::ChartRun& chart);

}  // namespace wheelhouse::cli

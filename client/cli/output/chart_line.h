// One chart of a run on one line: the columns that the plain lines and the live view share.
#pragma once

#include <string>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// The column of the charts' names, wide enough for all of them within reason.
int ChartColumns(const v1::Run& run);

// `exec/helm`, the stage and step that are running; empty when none is.
std::string RunningText(const v1::ChartRun& chart);
// The step that is running; nullptr when none is.
const v1::StepRun* RunningStep(const v1::ChartRun& chart);

// `SUCCEEDED   10.5s  INSTALL revision 1`, of a chart that is over.
std::string FinishedText(const v1::ChartRun& chart);

}  // namespace wheelhouse::cli

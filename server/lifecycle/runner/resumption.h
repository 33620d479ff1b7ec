// How far a resumed chart had come, and whether a stage that failed is tried again.
#pragma once

#include <optional>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Whether the daemon ended when something may have been changed. If not, the chart starts anew:
// check_prerequisites only reads.
bool WasChanging(const std::optional<Resume>& resume);

// Of a chart that WasChanging: the stage that was running, else the last one that began. Never
// check_prerequisites: a resumed chart goes through it again, and if the daemon ends then, the
// chart still stands where it stood, with all that it has changed.
v1::Stage StageToResume(const v1::ChartRun& chart);

// Whether the chart was in a step, or in its failure stage, when the daemon ended.
bool InTheMidst(const v1::ChartRun& chart);

// Whether the stage ended before the daemon did. A failed stage that is tried again did not.
bool EndedBefore(const Known& known, v1::Stage stage);

// Adds the failures of a stage as it was to those of the run, or makes its failure that of an
// attempt. The last step that failed ended its stage; those before it were allowed to fail.
void RecallFailures(const Chart& chart, const v1::StageRun& stage, Known& known);

// A chart that failed between two steps, while it was resumed before, has skipped the stages after
// that: adds that failure where none is known.
void RecallSkips(const v1::ChartRun& chart, Known& known);

// Whether the stage's failure may pass with another attempt (upgrade_retry).
bool MayRepeat(const Chart& chart, v1::Stage stage, const Trail& trail, const v1::Failure& failure);

// The attempt of exec has ended with `failure`; another one begins.
void NextAttempt(v1::Failure failure, Trail& trail);

}  // namespace wheelhouse::lifecycle

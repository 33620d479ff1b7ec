// A run, built from its events: applying every transition in order to the first snapshot gives the
// newest picture. The daemon keeps runs this way and the command line draws them from it, so that
// both see the same thing.
#pragma once

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse {

// Applies one event. A snapshot replaces the picture; progress, logs, sync and heartbeats change
// nothing but `sequence`. Events at or below the picture's sequence are ignored (a watcher that
// came back sees some twice). The earliest failure stays, and later ones become its `secondary`. A
// failure that is reported again with more detail (its evidence, say) replaces its first report. A
// chart that succeeds has no failure.
void ApplyEvent(const v1::RunEvent& event, v1::Run* run);

// NAMESPACE/NAME.
std::string ChartKey(const v1::ChartRun& chart);
std::string ChartKey(const v1::ChartInfo& chart);
v1::ChartRun* FindChart(v1::Run* run, const std::string& key);  // nullptr when absent
v1::StageRun* FindStage(v1::ChartRun* chart, v1::Stage stage);  // nullptr when absent

// True for SUCCEEDED, FAILED, CANCELLED.
bool Ended(v1::RunState state);
// True for SUCCEEDED, FAILED, SKIPPED.
bool Ended(v1::State state);
// Whether a chart that ended this way keeps those that depend on it from starting.
bool StopsDependents(v1::State state, v1::SkipReason skipped);

// Who asked for a cancel: `ci`, or `ci (forced)`.
std::string AskedBy(const std::string& caller, bool forced);

// Short names: `DEPLOY` of ACTION_DEPLOY, `check_prerequisites` of STAGE_CHECK_PREREQUISITES.
std::string ShortName(v1::RunState state);
std::string ShortName(v1::State state);
std::string ShortName(v1::SkipReason reason);
std::string ShortName(v1::Decision decision);
std::string ShortName(v1::Stage stage);  // lower case
std::string ShortName(v1::Action action);

}  // namespace wheelhouse

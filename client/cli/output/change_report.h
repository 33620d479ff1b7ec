// The objects that a preview expects to change, as lines like those of a diff.
#pragma once

#include <string>
#include <vector>

#include "wheelhouse/v1/release_service.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// A line begins with its sign: `+` for what is created or added, `~` changed, `-` deleted, `=`
// kept,
// `!` replaced or changed in the cluster since, `>` for a hook; a space for the rest. Without
// indentation; printable, and without colours.
std::vector<std::string> ChangeLines(const v1::ChartRun& chart);

// `2 to create, 1 to change`; empty when nothing changes.
std::string ChangeSummary(const v1::ChartRun& chart);

// Adds those of an object that differs from what its release holds: `~` is changed, `-` missing,
// `!` not the release's, `?` not known.
void AddDriftLines(const v1::DriftedObject& object, std::vector<std::string>* lines);

// The colour of a line by its sign, as diffs have it; empty for none: a parameter of SGR.
std::string ColourOfLine(const std::string& line);
// The line in that colour.
std::string Coloured(const std::string& line);

// Whether applying would do anything to the chart's release, by its decision.
bool WouldChange(const v1::ChartRun& chart);

}  // namespace wheelhouse::cli

// Where the cluster differs from what releases hold, as a report.
#pragma once

#include <ostream>

#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::cli {

// A table of the releases, then the objects that differ.
void PrintDrift(const v1::CheckDriftResponse& drift, bool colour, std::ostream& out);

// As a comment for a pull request, in GitHub's Markdown.
void PrintDriftAsMarkdown(const v1::CheckDriftResponse& drift, std::ostream& out);

// Whether any release has: one that is ABSENT has too, for it was asked for by name.
bool HasDrifted(const v1::CheckDriftResponse& drift);

}  // namespace wheelhouse::cli

// What is in a release, as text: where revisions differ, its objects as a tree, its pods' log
// lines.
#pragma once

#include <ostream>

#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::cli {

// Lines as those of a preview (change_report.h), the values first.
void PrintRevisionDiff(const v1::DiffRevisionsResponse& diff, std::ostream& out);

// A line for each object: its branch, its name, whether it is ready, and why not.
void PrintReleaseTree(const v1::GetReleaseTreeResponse& tree, std::ostream& out);

// `POD/CONTAINER LINE`.
void PrintLogLines(const v1::StreamReleaseLogsResponse& lines, std::ostream& out);

}  // namespace wheelhouse::cli

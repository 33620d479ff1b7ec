// A preview as a report: for each chart what would be done and why, what would change, which steps
// would run, and what would be lost.
#pragma once

#include <ostream>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// `run` is a preview that has ended. Failures are left to PrintFailures.
void PrintPreview(const v1::Run& run, bool colour, std::ostream& out);

// As a comment for a pull request, in GitHub's Markdown: a table of the charts, and what changes in
// each, folded.
void PrintPreviewAsMarkdown(const v1::Run& run, std::ostream& out);

}  // namespace wheelhouse::cli

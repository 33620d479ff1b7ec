// Pieces of a comment in GitHub's Markdown.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace wheelhouse::cli {

// A cell of a table.
std::string MarkdownCell(const std::string& text);

// Lines of change_report.h as a diff, folded under a summary. Nothing where there are no lines.
void PrintFoldedDiff(const std::string& summary, std::vector<std::string> lines, std::ostream& out);

}  // namespace wheelhouse::cli

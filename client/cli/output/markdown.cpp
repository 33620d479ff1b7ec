#include "client/cli/output/markdown.h"

#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include "client/cli/output/change_report.h"
#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {
namespace {

// Longer than any row of backticks in the lines.
std::string Fence(const std::vector<std::string>& lines) {
  std::string fence = "```";
  for (const std::string& line : lines) {
    while (absl::StrContains(line, fence)) fence += "`";
  }
  return fence;
}

}  // namespace

std::string MarkdownCell(const std::string& text) {
  return absl::StrReplaceAll(Printable(text),
                             {{"|", "\\|"}, {"<", "&lt;"}, {"&", "&amp;"}, {"`", "&#96;"}});
}

void PrintFoldedDiff(const std::string& summary, std::vector<std::string> lines,
                     std::ostream& out) {
  if (lines.empty()) return;
  for (std::string& line : lines) {
    if (absl::StartsWith(line, "~ ")) line[0] = '!';  // as diffs have it
    // A diff is coloured by the first character of a line.
    if (!ColourOfLine(line).empty() && line[0] == ' ')
      line = line.substr(6, 1) + line.substr(0, 6) + line.substr(7);
  }
  const std::string fence = Fence(lines);
  out << "\n<details><summary>" << summary << "</summary>\n\n"
      << fence << "diff\n"
      << absl::StrJoin(lines, "\n") << "\n"
      << fence << "\n\n</details>\n";
}

}  // namespace wheelhouse::cli

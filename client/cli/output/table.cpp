#include "client/cli/output/table.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {

void PrintTable(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], Columns(Printable(row[i])));
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      absl::StrAppend(&line, i > 0 ? "  " : "", Padded(Printable(row[i]), widths[i]));
    out << absl::StripTrailingAsciiWhitespace(line) << "\n";
  }
}

}  // namespace wheelhouse::cli

#include "client/cli/output/left_behind_text.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {

std::vector<std::string> LeftBehindLines(const v1::Run& run) {
  const auto name = [](const v1::LeftBehind& one) {
    return Printable(absl::StrCat(one.namespace_(), "/", one.name()));
  };
  int columns = 0;
  for (const v1::LeftBehind& one : run.left_behind())
    columns = std::max(columns, Columns(name(one)));
  std::vector<std::string> lines;
  for (const v1::LeftBehind& one : run.left_behind()) {
    lines.push_back(absl::StrCat(Padded(name(one), columns), "  ",
                                 one.kept_because().empty()
                                     ? "would be destroyed with --prune"
                                     : "is kept: " + Printable(one.kept_because())));
  }
  if (!run.left_behind_note().empty())
    lines.push_back(absl::StrCat("note: ", Printable(run.left_behind_note())));
  return lines;
}

}  // namespace wheelhouse::cli

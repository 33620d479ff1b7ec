#include "server/helm/file_marks.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <vector>

namespace wheelhouse::helm {
namespace {

constexpr absl::string_view kMark = "postrenderer.helm.sh/postrender-filename: ";

// In `annotations: {a: b, MARK 'web/templates/all.yaml'}`: the mark comes last.
std::string WithoutInFlow(absl::string_view row, size_t at) {
  absl::string_view before = row.substr(0, at);
  if (absl::EndsWith(before, ", ")) before.remove_suffix(2);
  const size_t end = std::min(row.find('}', at), row.size());
  return std::string(before) + std::string(row.substr(end));
}

size_t IndentOf(absl::string_view row) {
  return row.size() - absl::StripLeadingAsciiWhitespace(row).size();
}

}  // namespace

std::string WithoutFileMarks(absl::string_view manifest) {
  const std::vector<absl::string_view> rows = absl::StrSplit(manifest, '\n');
  std::vector<std::string> kept;
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t at = rows[i].find(kMark);
    if (at == absl::string_view::npos) {
      kept.emplace_back(rows[i]);
    } else if (at != IndentOf(rows[i])) {
      kept.push_back(WithoutInFlow(rows[i], at));
    } else if (!kept.empty() && absl::StripAsciiWhitespace(kept.back()) == "annotations:" &&
               (i + 1 == rows.size() || IndentOf(rows[i + 1]) < at)) {
      kept.pop_back();  // of which nothing would be left
    }
  }
  return absl::StrJoin(kept, "\n");
}

}  // namespace wheelhouse::helm

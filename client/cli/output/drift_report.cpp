#include "client/cli/output/drift_report.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "client/cli/output/change_report.h"
#include "client/cli/output/markdown.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

std::string NameOf(const v1::ReleaseDrift& release) {
  return absl::StrCat(release.namespace_(), "/", release.name());
}

std::string StateOf(const v1::ReleaseDrift& release) {
  switch (release.state()) {
    case v1::DRIFT_STATE_IN_SYNC:
      return "IN_SYNC";
    case v1::DRIFT_STATE_DRIFTED:
      return "DRIFTED";
    case v1::DRIFT_STATE_ABSENT:
      return "ABSENT";
    default:
      return "UNKNOWN";
  }
}

// `2 changed, 1 missing`; or why there is nothing to compare.
std::string What(const v1::ReleaseDrift& release) {
  if (!release.detail().empty()) return release.detail();
  std::map<v1::DriftKind, int> counts;
  for (const v1::DriftedObject& object : release.objects()) ++counts[object.kind()];
  std::vector<std::string> parts;
  const auto add = [&](v1::DriftKind kind, const char* words) {
    if (counts[kind] > 0) parts.push_back(absl::StrCat(counts[kind], " ", words));
  };
  add(v1::DRIFT_KIND_CHANGED, "changed");
  add(v1::DRIFT_KIND_MISSING, "missing");
  add(v1::DRIFT_KIND_NOT_OWNED, "not its own");
  add(v1::DRIFT_KIND_UNKNOWN, "not known");
  if (release.objects_left_out() > 0)
    parts.push_back(absl::StrCat(release.objects_left_out(), " more"));
  return absl::StrJoin(parts, ", ");
}

std::string RevisionOf(const v1::ReleaseDrift& release) {
  return release.revision() == 0 ? "" : absl::StrCat(release.revision());
}

std::vector<std::string> LinesOf(const v1::ReleaseDrift& release) {
  std::vector<std::string> lines;
  for (const v1::DriftedObject& object : release.objects()) AddDriftLines(object, &lines);
  if (release.objects_left_out() > 0)
    lines.push_back(absl::StrCat("  and ", release.objects_left_out(), " more objects"));
  return lines;
}

std::string Counts(const v1::CheckDriftResponse& drift) {
  if (drift.releases().empty()) return "no release is installed";
  std::map<std::string, int> counts;
  for (const v1::ReleaseDrift& release : drift.releases()) ++counts[StateOf(release)];
  return absl::StrJoin(counts, ", ", [](std::string* text, const auto& count) {
    absl::StrAppend(text, count.second, " ", count.first);
  });
}

}  // namespace

bool HasDrifted(const v1::CheckDriftResponse& drift) {
  return std::ranges::any_of(drift.releases(), [](const v1::ReleaseDrift& release) {
    return release.state() == v1::DRIFT_STATE_DRIFTED || release.state() == v1::DRIFT_STATE_ABSENT;
  });
}

void PrintDrift(const v1::CheckDriftResponse& drift, bool colour, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"RELEASE", "REVISION", "STATE", "OBJECTS"}};
  for (const v1::ReleaseDrift& release : drift.releases())
    rows.push_back({NameOf(release), RevisionOf(release), StateOf(release), What(release)});
  if (!drift.releases().empty()) PrintTable(rows, out);
  for (const v1::ReleaseDrift& release : drift.releases()) {
    const std::vector<std::string> lines = LinesOf(release);
    if (lines.empty()) continue;
    out << "\n" << Printable(NameOf(release)) << "\n";
    for (const std::string& line : lines) out << "  " << (colour ? Coloured(line) : line) << "\n";
  }
  out << (drift.releases().empty() ? "" : "\n") << Counts(drift) << "\n";
}

void PrintDriftAsMarkdown(const v1::CheckDriftResponse& drift, std::ostream& out) {
  out << "### Drift: " << Counts(drift) << "\n\n"
      << "| release | revision | state | objects |\n|---|---|---|---|\n";
  for (const v1::ReleaseDrift& release : drift.releases()) {
    out << "| " << MarkdownCell(NameOf(release)) << " | " << RevisionOf(release) << " | "
        << StateOf(release) << " | " << MarkdownCell(What(release)) << " |\n";
  }
  for (const v1::ReleaseDrift& release : drift.releases())
    PrintFoldedDiff(MarkdownCell(NameOf(release)), LinesOf(release), out);
}

}  // namespace wheelhouse::cli

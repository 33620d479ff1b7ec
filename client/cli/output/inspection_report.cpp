#include "client/cli/output/inspection_report.h"

#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "client/cli/output/change_report.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Branch = google::protobuf::RepeatedPtrField<v1::TreeObject>;

std::string HealthText(v1::ObjectHealth health) {
  switch (health) {
    case v1::OBJECT_HEALTH_READY:
      return "ready";
    case v1::OBJECT_HEALTH_IN_PROGRESS:
      return "in progress";
    case v1::OBJECT_HEALTH_FAILED:
      return "failed";
    case v1::OBJECT_HEALTH_ABSENT:
      return "absent";
    default:
      return "unknown";
  }
}

// `before`: what stands before the branch of each of these.
void AddRows(const Branch& objects, const std::string& before, bool top, Rows* rows) {
  for (int i = 0; i < objects.size(); ++i) {
    const v1::TreeObject& object = objects[i];
    const bool last = i + 1 == objects.size();
    const std::string branch = top ? "" : last ? "└─ " : "├─ ";
    rows->push_back({absl::StrCat(before, branch, object.object()), HealthText(object.health()),
                     object.detail()});
    AddRows(object.children(), absl::StrCat(before, top ? "" : last ? "   " : "│  "), false, rows);
  }
}

std::string RevisionText(const v1::Revision& revision) {
  return absl::StrCat("revision ", revision.revision(), " (", revision.chart_name(), " ",
                      revision.chart_version(), ", ", revision.status(), ")");
}

}  // namespace

void PrintRevisionDiff(const v1::DiffRevisionsResponse& diff, std::ostream& out) {
  out << Printable(absl::StrCat(RevisionText(diff.from()), " -> ", RevisionText(diff.to())))
      << "\n";
  v1::ChartRun chart;
  if (!diff.values().empty()) {
    v1::ObjectChange* values = chart.add_changes();
    values->set_action(v1::OBJECT_ACTION_CHANGE);
    values->set_object("values");
    *values->mutable_fields() = diff.values();
  }
  chart.mutable_changes()->MergeFrom(diff.changes());
  chart.set_changes_left_out(diff.changes_left_out());
  for (const std::string& line : ChangeLines(chart)) out << line << "\n";
  if (chart.changes().empty()) out << "no difference\n";
}

void PrintReleaseTree(const v1::GetReleaseTreeResponse& tree, std::ostream& out) {
  out << Printable(RevisionText(tree.revision())) << "\n\n";
  Rows rows = {{"OBJECT", "STATE", "WHY"}};
  AddRows(tree.objects(), "", true, &rows);
  PrintTable(rows, out);
  if (tree.truncated()) out << "there are more objects than are shown\n";
}

void PrintLogLines(const v1::StreamReleaseLogsResponse& lines, std::ostream& out) {
  for (const v1::PodLogLine& line : lines.lines())
    out << Printable(absl::StrCat(line.pod(), "/", line.container(), " ", line.line())) << "\n";
  out << std::flush;
}

}  // namespace wheelhouse::cli

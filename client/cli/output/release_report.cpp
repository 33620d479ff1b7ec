#include "client/cli/output/release_report.h"

#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"

namespace wheelhouse::cli {
namespace {

std::string VerdictText(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_GOOD:
      return "good";
    case v1::VERDICT_BAD:
      return "bad";
    default:
      return "";
  }
}

}  // namespace

void PrintReleases(const v1::ListReleasesResponse& releases, absl::Time now, absl::TimeZone zone,
                   std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"NAMESPACE", "NAME", "REVISION", "STATUS", "UPDATED", "VERDICT", "RUN"}};
  for (const v1::Release& release : releases.releases()) {
    const v1::Revision& newest = release.newest();
    rows.push_back({release.namespace_(), release.name(), absl::StrCat(newest.revision()),
                    absl::StrCat(newest.status(), release.locked() ? " (locked)" : ""),
                    TimeText(newest.update_time(), now, zone), VerdictText(newest.verdict()),
                    newest.run_id()});
  }
  PrintTable(rows, out);
}

void PrintRevisions(const v1::ListRevisionsResponse& revisions, absl::Time now, absl::TimeZone zone,
                    std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"REVISION", "STATUS", "UPDATED", "CHART", "APP VERSION", "VERDICT", "RUN", "DESCRIPTION"}};
  for (const v1::Revision& one : revisions.revisions()) {
    rows.push_back({absl::StrCat(one.revision()), one.status(),
                    TimeText(one.update_time(), now, zone),
                    absl::StrCat(one.chart_name(), " ", one.chart_version()), one.app_version(),
                    VerdictText(one.verdict()), one.run_id(), one.description()});
  }
  PrintTable(rows, out);
}

}  // namespace wheelhouse::cli

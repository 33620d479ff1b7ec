#include "client/cli/output/release_report.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
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

// `in sync 14:02:10`, `2 drifted 14:02:10`; empty where nobody has looked.
std::string DriftText(const v1::Release& release, absl::Time now, absl::TimeZone zone) {
  if (!release.has_drift()) return "";
  const v1::DriftCheck& drift = release.drift();
  std::string state = "unknown";
  if (drift.state() == v1::DRIFT_STATE_IN_SYNC) state = "in sync";
  if (drift.state() == v1::DRIFT_STATE_DRIFTED) state = absl::StrCat(drift.objects(), " drifted");
  return absl::StrCat(state, " ", TimeText(drift.check_time(), now, zone));
}

}  // namespace

void PrintReleases(const v1::ListReleasesResponse& releases, absl::Time now, absl::TimeZone zone,
                   std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"NAMESPACE", "NAME", "REVISION", "STATUS", "UPDATED", "VERDICT", "RUN"}};
  const bool watched = std::ranges::any_of(releases.releases(), &v1::Release::has_drift);
  if (watched) rows[0].emplace_back("DRIFT");
  for (const v1::Release& release : releases.releases()) {
    const v1::Revision& newest = release.newest();
    rows.push_back({release.namespace_(), release.name(), absl::StrCat(newest.revision()),
                    absl::StrCat(newest.status(), release.locked() ? " (locked)" : ""),
                    TimeText(newest.update_time(), now, zone), VerdictText(newest.verdict()),
                    newest.run_id()});
    if (watched) rows.back().push_back(DriftText(release, now, zone));
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

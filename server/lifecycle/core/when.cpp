#include "server/lifecycle/core/when.h"

#include <algorithm>
#include <string>

#include "common/formats/semver.h"
#include "common/status_macros.h"
#include "server/helm/releases.h"
#include "server/plan/defaults.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

bool AsksForVersion(const v1::Stages& stages) {
  const auto asks = [](const v1::Step& step) { return !step.when().installed_version().empty(); };
  return std::ranges::any_of(plan::kStages, [&](const plan::StageRow& row) {
    const v1::StagePlan& plan = (stages.*row.get)();
    return std::ranges::any_of(plan.before(), asks) || std::ranges::any_of(plan.after(), asks);
  });
}

bool InRange(const std::string& range, const std::string& version) {
  const auto wanted = VersionRange::Parse(range);
  const auto installed = ParseVersion(version);
  return wanted.ok() && installed.ok() && wanted->Contains(*installed);
}

}  // namespace

absl::Status ReadInstalledVersion(const Context& context, const Chart& chart, Trail& trail) {
  if (!AsksForVersion(chart.info().stages())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  std::string version;
  if (const helm::ReleaseRecord* installed = helm::InstalledRecord(records)) {
    ASSIGN_OR_RETURN(const helm::Release release,
                     helm::ReadRelease(context, chart.kube(), *installed));
    version = release.chart_version;
  }
  trail.set_installed_version(version);
  return absl::OkStatus();
}

absl::StatusOr<bool> Holds(const Context& context, const Chart& chart, Trail& trail,
                           const v1::When& when) {
  if (!plan::CoversAction(when, chart.info().action())) return false;
  if (when.has_payload()) {
    const auto found = trail.payload().find(when.payload().key());
    if (found == trail.payload().end() || found->second != when.payload().equals()) return false;
  }
  if (when.installed_version().empty()) return true;
  // A caller's step of check_prerequisites comes ahead of the step that reads the release's state.
  if (!trail.has_installed_version()) RETURN_IF_ERROR(ReadInstalledVersion(context, chart, trail));
  return InRange(when.installed_version(), trail.installed_version());
}

}  // namespace wheelhouse::lifecycle

// What is to be done with a release: a pure function of the request and of the records.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/helm/charts.h"
#include "server/helm/releases.h"
#include "server/lifecycle/core/fingerprint.h"
#include "server/lifecycle/core/report.h"
#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

struct Choice {
  v1::Decision decision = v1::DECISION_UNSPECIFIED;
  std::string reason;
  // UPGRADE for nothing but other inputs than those of the newest revision, which is good.
  bool other_inputs = false;
};

// `records` are newest first, and as they will be once the release is unlocked (AfterUnlock).
// `doomed_crds` are left for a DESTROY to delete, though the release may be gone already.
Choice Decide(const v1::ChartInfo& info, const Fingerprint& fingerprint,
              const std::vector<helm::ReleaseRecord>& records, size_t doomed_crds = 0);

// Records and streams what was decided, with what it loses.
absl::Status RecordDecision(Report& report, const Found& found, const Decided& decided);

// The revision that ACTION_ROLLBACK goes back to: the one named, else the newest good one before
// the deployed one. OBJECT_NOT_FOUND when no such revision exists.
absl::StatusOr<int> RollbackTarget(const v1::ChartInfo& info,
                                   const std::vector<helm::ReleaseRecord>& records);

// Whether going from the installed version to the wanted one crosses the breaking one: the
// installed is at or below it, the wanted one newer. By semver; CHART_INVALID for a text that is
// not a version.
absl::StatusOr<bool> IsOver(const std::string& breaking, const std::string& installed,
                            const std::string& wanted);

// The newest good revision since the release was last uninstalled; 0 when no revision is.
int NewestGoodRevision(const std::vector<helm::ReleaseRecord>& records);

}  // namespace wheelhouse::lifecycle

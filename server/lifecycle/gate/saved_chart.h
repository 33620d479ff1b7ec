// A chart of a saved plan: what a preview saves of it, and what a run that applies the plan makes
// of that. The bytes are what the gate gave helm to apply in a dry run of the very upgrade, and
// what it gives helm to apply in the end, whatever helm has rendered by then.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// -- In a preview that is saved.

// Replaces the forecast by what helm renders in a dry run of the upgrade that was decided, as it is
// to be applied: with the release's next revision, which a rendering beforehand does not know.
// `rendered` is such a rendering; it counts where there is no dry run: for a reinstall, whose
// release is not uninstalled yet, and for a chart that asks for kinds that the run brings.
// HELM_UNSUPPORTED for hooks under helm 3, which does not hand them over.
absl::Status Rehearse(const Context& context, const Chart& chart, const Decided& decided,
                      const std::string& rendered, Found& found);

// Keeps what was rehearsed in the journal, with what it depends on. RELEASE_LOCKED for a release
// that has to be unlocked first: what a killed helm left is not as it will be then.
absl::Status SaveChart(const Context& context, const Chart& chart, const Decided& decided,
                       Found& found);

// -- In a run that applies a saved plan.

// Reads what was saved, if the run applies a plan. PLAN_UNKNOWN when it cannot be read.
absl::Status ReadSavedChart(const Chart& chart, Found& found);

// PLAN_STALE, with everything that has changed since the plan was saved: the release's newest
// revision, the decision, the chart, values that were read from the cluster, CRDs, helm's major. A
// release that a run of the same plan has already deployed, or that is gone already, is up to date.
absl::Status CheckStillAsSaved(const Context& context, const Chart& chart, const Found& found,
                               const Decided& decided);

// Makes the saved bytes the forecast.
absl::Status ForecastAsSaved(const Chart& chart, Found& found);

}  // namespace wheelhouse::lifecycle

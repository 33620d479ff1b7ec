// The six stages of a chart. Each virtual method returns a list of named steps; the defaults are
// here. A kind of chart with stages of its own derives from HelmChart; SteppedChart puts the
// caller's steps round another chart's.
#pragma once

#include <memory>

#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/core/step.h"

namespace wheelhouse::lifecycle {

class HelmChart {
 public:
  virtual ~HelmChart() = default;
  virtual absl::StatusOr<Steps> CheckPrerequisites(ChartContext& chart);
  virtual absl::StatusOr<Steps> PreExec(ChartContext& chart);
  virtual absl::StatusOr<Steps> Exec(ChartContext& chart);
  virtual absl::StatusOr<Steps> PostExec(ChartContext& chart);
  virtual absl::StatusOr<Steps> Validate(ChartContext& chart);
  virtual absl::StatusOr<Steps> OnDeployFailure(ChartContext& chart);

  // The steps of a stage. Not virtual: the one way in.
  absl::StatusOr<Steps> StepsOf(v1::Stage stage, ChartContext& chart);
};

// The caller's `before`, the defaults, the caller's `after`. unlock and namespace stay ahead of
// everybody's steps in pre_exec, decide stays last in check_prerequisites, verdict in validate.
// Steps that skip_defaults leaves out are listed too: the stage runner skips them, BY_REQUEST.
class SteppedChart final : public HelmChart {
 public:
  absl::StatusOr<Steps> CheckPrerequisites(ChartContext& chart) override;
  absl::StatusOr<Steps> PreExec(ChartContext& chart) override;
  absl::StatusOr<Steps> Exec(ChartContext& chart) override;
  absl::StatusOr<Steps> PostExec(ChartContext& chart) override;
  absl::StatusOr<Steps> Validate(ChartContext& chart) override;
  absl::StatusOr<Steps> OnDeployFailure(ChartContext& chart) override;
};

}  // namespace wheelhouse::lifecycle

// What the API server would refuse, found by server-side dry runs before anything is changed.
#pragma once

#include <absl/status/status.h>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/gate/manifest_rule.h"

namespace wheelhouse::lifecycle {

// IMMUTABLE_FIELD for a field that the server keeps for an object's life, APPLY_REJECTED (with the
// detail `dry_run`) for what it refuses otherwise: admission, validation, and, where helm applies
// server-side, lists with two entries of one key. Objects that must be deleted and made again, and
// whose kinds ChartInfo.recreate names, go into Decided.to_recreate instead.
//
// objects/trial.h says what is not tried. In check nothing is refused for a plan whose own steps
// run before helm: they may be there to clear the way. The gate then tries everything again; else
// it tries only what helm has rendered otherwise than foreseen.
class ForesightRule final : public ManifestRule {
 public:
  absl::Status Check(const Context& context, const Chart& chart, const ManifestChange& change,
                     Decided& decided) const override;
};

}  // namespace wheelhouse::lifecycle

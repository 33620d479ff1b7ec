// The gate of one upgrade: what helm has rendered is patched, or replaced by what was saved, asked
// about, and only then applied.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"
#include "server/lifecycle/gate/manifest_rule.h"

namespace wheelhouse::lifecycle {

class UpgradeGate {
 public:
  // `stored` is what is deployed, `helm_major` the helm that renders. All else is lent, and not
  // changed while helm runs.
  UpgradeGate(const Chart& chart, const Found& found, const Decided& decided, int helm_major,
              std::vector<ManifestObject> stored)
      : chart_(chart),
        found_(found),
        decided_(decided),
        helm_major_(helm_major),
        stored_(std::move(stored)) {}

  // Called with what is going to be applied, hooks included, just before helm applies it, and with
  // those objects that have to be deleted first. An error is the gate's refusal.
  using OnPass = std::function<absl::Status(const std::vector<ManifestObject>& objects,
                                            const std::vector<ManifestObject>& to_recreate)>;

  // As helm::Gate. The manifest to apply, with the chart's patches, or that of the saved plan that
  // the run applies; or the refusal of a patch (objects/patch_rendered.h) or of a rule. helm 3
  // hands over no hooks: there the rules see those of the forecast.
  absl::StatusOr<std::string> Pass(const Context& context, const std::string& manifest,
                                   const OnPass& on_pass) const;

 private:
  const Chart& chart_;
  const Found& found_;
  const Decided& decided_;
  const int helm_major_;
  const std::vector<ManifestObject> stored_;
};

}  // namespace wheelhouse::lifecycle

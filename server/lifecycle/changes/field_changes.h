// Differences as a caller may see them.
#pragma once

#include <absl/strings/string_view.h>

#include <functional>
#include <string>
#include <vector>

#include "server/kube/differences.h"
#include "server/lifecycle/core/report.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

// `difference` of an object of `kind`: values are JSON, cut after 4 KiB. Masked are whatever a
// Secret holds and what `report` masks; chart versions in labels and checksums in annotations are
// noise.
v1::FieldChange ToFieldChange(const kube::Difference& difference, const std::string& kind,
                              const Report& report);

// The same outside of a run: `mask` masks secrets in a text.
using Mask = std::function<std::string(absl::string_view text)>;
v1::FieldChange ToFieldChange(const kube::Difference& difference, const std::string& kind,
                              const Mask& mask);

// A field that somebody has changed in the cluster since (objects/drift.h), as the cluster has it
// now, with who has set it. `live_to_chart`: before as it is in the cluster, after as the chart has
// it; `live` is the object.
v1::FieldChange ToDriftChange(const kube::Difference& live_to_chart, const kube::Json& live,
                              const std::string& kind, const Mask& mask);

}  // namespace wheelhouse::lifecycle

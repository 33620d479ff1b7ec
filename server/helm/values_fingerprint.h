// What identifies the values of a chart, as input of the release's fingerprint. Pure functions.
#pragma once

#include <string>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// All layers in order, each as helm reads it (common/formats/canonical_yaml.h); layers that set
// nothing are left out, and the pairs of `values` and of `values_string` are merged. Equal inputs
// render alike. A layer that cannot be read is taken as its bytes.
std::string ParsedValues(const v1::ChartInfo& chart);

// The bytes of all layers in order: the rule of daemons that gave fingerprints no version.
std::string BytesOfValues(const v1::ChartInfo& chart);

}  // namespace wheelhouse::helm

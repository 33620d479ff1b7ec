// The metrics, by name and label (README.md lists them).
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "server/metrics/snapshot.h"

namespace wheelhouse::metrics {

std::vector<prometheus::MetricFamily> FamiliesOf(const Snapshot& snapshot);

}  // namespace wheelhouse::metrics

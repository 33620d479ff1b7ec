// Writes charts into archives that every reader takes alike.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "server/helm/archive/unpack.h"

namespace wheelhouse::helm {

// Writes `tree` to the file `path` (0600), archives of subcharts packed anew: plain files sorted by
// path below the folder `chart`, with one owner, time and mode. STORE_UNAVAILABLE.
absl::Status PackChart(const ChartTree& tree, const std::string& path);

}  // namespace wheelhouse::helm

// The checks of wheelhoused.yaml about `metrics`.
#pragma once

#include "server/config/config.pb.h"
#include "server/config/maxima_check.h"

namespace wheelhouse::config {

void CheckMetrics(const v1::Metrics& metrics, const Fail& fail);

}  // namespace wheelhouse::config

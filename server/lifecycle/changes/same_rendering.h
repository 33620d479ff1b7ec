// Whether a chart with other inputs renders what its newest revision holds (reapply:
// IF_RENDERED_CHANGED).
#pragma once

#include <vector>

#include "common/formats/manifest.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Whether that is asked for, and the rendering decides alone: an upgrade would write no CRDs and no
// namespace labels, and run no callers' steps. Which of those the newest revision had is not
// known.
bool RenderingDecides(const Chart& chart, const Found& found);

// Whether both hold the same objects, hooks included, each with the same values; in any order, and
// however they are written. False for what is too large to compare.
bool SameObjects(const Chart& chart, const std::vector<ManifestObject>& stored,
                 const std::vector<ManifestObject>& rendered);

}  // namespace wheelhouse::lifecycle

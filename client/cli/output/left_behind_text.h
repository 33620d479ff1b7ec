// Releases that a plan has left behind, as lines.
#pragma once

#include <string>
#include <vector>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// `demo/old  would be destroyed with --prune`; empty when there are none, and nothing to say.
std::vector<std::string> LeftBehindLines(const v1::Run& run);

}  // namespace wheelhouse::cli

// --set and --set-string, as helm splits them.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::cli {

// The pairs of `a=1,b.c=x\,y,d={1,2}`, each still in helm's grammar (escapes stay: the daemon takes
// them off). INVALID_ARGUMENT without the text, which may be secret, when a key has no value or a
// {list} no end.
absl::StatusOr<std::vector<v1::SetValue>> SplitSet(const std::string& text);

}  // namespace wheelhouse::cli

// --set and --set-string, as helm splits them.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::cli {

// The pairs of `a=1,b.c=x\,y,d={1,2}`, each still in helm's grammar: the daemon removes the
// escapes. INVALID_ARGUMENT when a key has no value or a {list} no end; the message does not quote
// the text, which may be secret.
absl::StatusOr<std::vector<v1::SetValue>> SplitSet(const std::string& text);

}  // namespace wheelhouse::cli

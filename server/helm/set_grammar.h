// helm's --set grammar (its strvals package), as JSON.
#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json.hpp>
#include <string>

namespace wheelhouse::helm {

// Merges one `key=value` into `into`, as `--set` (or `--set-string`) would. `key` and `value` come
// apart already: a comma in `value` starts no new pair, except inside {lists}. VALUES_INVALID says
// what is wrong with the key.
absl::Status MergeSetPair(const std::string& key, const std::string& value, bool as_string,
                          nlohmann::json* into);

}  // namespace wheelhouse::helm

// The writes of Store::AppendAsync and ReplacePlan, inside a transaction.
#pragma once

#include <string>

#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace wheelhouse::store {

// ABORTED where the run's state or sequence is not the one that the append follows; what was
// written until then is the caller's to roll back.
absl::Status WriteAppend(Database& database, const Append& append);

absl::Status WritePlan(Database& database, const std::string& run_id, const Bytes& plan);

}  // namespace wheelhouse::store

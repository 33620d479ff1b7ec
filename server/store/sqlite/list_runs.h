// Store::List: which index a query walks, and how far.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace wheelhouse::store {

struct ListStatement {
  std::string sql;
  std::vector<std::string> bound;
};

// Walks the runs of the condition that names the fewest, newest first, in the order of an index:
// kRowColumns, then whether the whole query holds. Nothing is sorted, and what is not looked at is
// not read.
ListStatement StatementOf(const Query& query);

// One page. Conditions that few runs meet together may each be met by most: after a bounded number
// of runs the page ends as it is.
absl::StatusOr<Page> ListRuns(Database& database, const Query& query);

}  // namespace wheelhouse::store

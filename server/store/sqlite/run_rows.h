// The clear part of a run, as a query gives it.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace wheelhouse::store {

inline constexpr char kRowColumns[] =
    "id, caller, request_id, request_digest, plan_name, cluster, state, runs.sequence, "
    "create_time, coalesce(end_time, 0), plan_erased, caller_known_by, "
    "taken_up";
inline constexpr int kRowWidth = 13;

// In the column caller_known_by.
int64_t NumberOf(KnownBy known_by);
KnownBy KnownByOf(int64_t number);

// The first columns of the row that was stepped to are kRowColumns.
RunRow RowFrom(const Statement& found);

// All rows.
absl::StatusOr<std::vector<RunRow>> RowsFrom(Statement* query);
// The first column of all rows.
absl::StatusOr<std::vector<std::string>> TextsFrom(Statement* query);

}  // namespace wheelhouse::store

// The tables, and how an older database becomes the newest.
#pragma once

#include "server/store/sqlite/database.h"

namespace wheelhouse::store {

// Brings the database to the newest schema. STORE_UNAVAILABLE when it is newer than this daemon.
absl::Status PrepareSchema(Database& database);

}  // namespace wheelhouse::store

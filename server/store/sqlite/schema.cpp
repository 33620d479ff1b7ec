#include "server/store/sqlite/schema.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

// Entry N leads from user_version N to N + 1. Entries are never changed, only added.
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE runs(
  id TEXT PRIMARY KEY,
  caller TEXT NOT NULL,
  request_id TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  plan_name TEXT NOT NULL,
  cluster TEXT NOT NULL,
  state INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  plan BLOB NOT NULL,
  plan_erased INTEGER NOT NULL DEFAULT 0,
  first BLOB NOT NULL,
  last BLOB
) WITHOUT ROWID;
CREATE INDEX runs_by_request ON runs(caller, request_id, create_time);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_to_erase ON runs(end_time) WHERE plan_erased = 0;
CREATE TABLE run_namespaces(
  namespace TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY(run_id, namespace)
) WITHOUT ROWID;
CREATE INDEX run_namespaces_by_name ON run_namespaces(namespace, run_id);
CREATE TABLE run_releases(
  release TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY(run_id, release)
) WITHOUT ROWID;
CREATE INDEX run_releases_by_name ON run_releases(release, run_id);
CREATE TABLE events(
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  event BLOB NOT NULL,
  PRIMARY KEY(run_id, sequence)
) WITHOUT ROWID;
CREATE TABLE journal(
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  chart TEXT NOT NULL,
  stage INTEGER NOT NULL,
  step_index INTEGER NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state INTEGER NOT NULL,
  intended_revision INTEGER NOT NULL,
  baseline_revision INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY(run_id, sequence)
) WITHOUT ROWID;
)sql",
    R"sql(
CREATE TABLE kept(
  run_id TEXT NOT NULL,
  chart TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run_id, chart, name)
) WITHOUT ROWID;
CREATE INDEX journal_by_intention ON journal(chart, intended_revision) WHERE intended_revision > 0;
)sql",
};
constexpr int kNewest = sizeof(kMigrations) / sizeof(kMigrations[0]);

}  // namespace

absl::Status PrepareSchema(Database& database) {
  RETURN_IF_ERROR(database.Execute("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(database.Execute("PRAGMA synchronous=FULL"));
  RETURN_IF_ERROR(database.Execute("PRAGMA secure_delete=ON"));  // values that are erased are gone
  ASSIGN_OR_RETURN(Statement asked, database.Prepare("PRAGMA user_version"));
  RETURN_IF_ERROR(asked.Run());
  const int64_t version = asked.Number(0);
  if (version > kNewest) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("the store has schema ", version, ", this daemon knows up to ",
                                    kNewest, "; it was written by a newer daemon"));
  }
  for (int64_t from = version; from < kNewest; ++from) {
    RETURN_IF_ERROR(database.Execute(absl::StrCat("BEGIN IMMEDIATE;", kMigrations[from],
                                                  "PRAGMA user_version=", from + 1, ";COMMIT")));
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::store

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
    // The rows of runs become short, so that filters read little; an index for each filter; and
    // what outlives a run that is pruned.
    R"sql(
CREATE TABLE contents(
  run_id TEXT PRIMARY KEY NOT NULL,
  plan BLOB NOT NULL,
  first BLOB NOT NULL,
  last BLOB
);
INSERT INTO contents SELECT id, plan, first, last FROM runs;
ALTER TABLE runs RENAME TO old_runs;
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
  plan_erased INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO runs SELECT id, caller, request_id, request_digest, plan_name, cluster, state, sequence,
  create_time, end_time, plan_erased FROM old_runs;
DROP TABLE old_runs;
CREATE INDEX runs_by_request ON runs(caller, request_id, create_time);
CREATE INDEX runs_by_caller ON runs(caller, id);
CREATE INDEX runs_by_cluster ON runs(cluster, id);
CREATE INDEX runs_by_plan ON runs(plan_name, id);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_unfinished ON runs(id) WHERE end_time IS NULL;
CREATE INDEX runs_by_end ON runs(end_time) WHERE end_time IS NOT NULL;
CREATE INDEX runs_to_erase ON runs(end_time) WHERE plan_erased = 0;
CREATE TABLE intentions(
  cluster TEXT NOT NULL,
  chart TEXT NOT NULL,
  run_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  PRIMARY KEY(cluster, chart, run_id, revision)
) WITHOUT ROWID;
CREATE INDEX intentions_by_end ON intentions(end_time);
)sql",
    // A run's caller is a principal: 0 for what older daemons stored. The journal and the
    // intentions lose the columns that nothing reads.
    R"sql(
ALTER TABLE runs ADD COLUMN caller_known_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal RENAME TO old_journal;
CREATE TABLE journal(
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  chart TEXT NOT NULL,
  intended_revision INTEGER NOT NULL,
  memory BLOB NOT NULL,
  PRIMARY KEY(run_id, sequence)
) WITHOUT ROWID;
INSERT INTO journal SELECT run_id, sequence, chart, intended_revision, payload FROM old_journal;
DROP TABLE old_journal;
CREATE INDEX journal_by_intention ON journal(chart, intended_revision) WHERE intended_revision > 0;
ALTER TABLE intentions RENAME TO old_intentions;
CREATE TABLE intentions(
  cluster TEXT NOT NULL,
  chart TEXT NOT NULL,
  run_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  PRIMARY KEY(cluster, chart, run_id, revision)
) WITHOUT ROWID;
INSERT INTO intentions SELECT cluster, chart, run_id, revision, end_time FROM old_intentions;
DROP TABLE old_intentions;
CREATE INDEX intentions_by_end ON intentions(end_time);
)sql",
    // A run that kills the daemon is counted.
    R"sql(
ALTER TABLE runs ADD COLUMN taken_up INTEGER NOT NULL DEFAULT 0;
)sql",
    // The time by which runs grow old; one row.
    R"sql(
CREATE TABLE age_time(
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL
) WITHOUT ROWID;
)sql",
    // Callers' names say how they are known. Where that was not recorded they stay as they are.
    R"sql(
UPDATE runs SET caller = CASE caller_known_by WHEN 1 THEN 'unix:' ELSE 'tls:' END || caller
  WHERE caller_known_by > 0;
)sql",
    // Plans that are saved until they are applied.
    R"sql(
CREATE TABLE saved_plans(
  id TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  caller TEXT NOT NULL,
  caller_known_by INTEGER NOT NULL,
  plan_name TEXT NOT NULL,
  cluster TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  expire_time INTEGER NOT NULL,
  approval_required INTEGER NOT NULL,
  approved_by TEXT NOT NULL DEFAULT '',
  approve_time INTEGER NOT NULL DEFAULT 0,
  last_run TEXT NOT NULL DEFAULT '',
  archives TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX saved_plans_by_caller ON saved_plans(caller, id);
CREATE INDEX saved_plans_by_expiry ON saved_plans(expire_time);
CREATE TABLE saved_plan_contents(
  plan_id TEXT PRIMARY KEY NOT NULL,
  contents BLOB NOT NULL
);
)sql",
    // What is kept of a caller's runs is summed up. A search in a table WITHOUT ROWID would read
    // all the bytes that it comes by.
    R"sql(
ALTER TABLE kept RENAME TO old_kept;
CREATE TABLE kept(
  run_id TEXT NOT NULL,
  chart TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run_id, chart, name)
);
INSERT INTO kept SELECT run_id, chart, name, bytes FROM old_kept;
DROP TABLE old_kept;
CREATE INDEX IF NOT EXISTS runs_with_values ON runs(caller) WHERE plan_erased = 0;
)sql",
};
constexpr int kNewest = sizeof(kMigrations) / sizeof(kMigrations[0]);

// Lets the file shrink a little at a time. A file that was made without has to be written anew.
absl::Status AllowToShrink(Database& database) {
  constexpr int kIncremental = 2;
  ASSIGN_OR_RETURN(const int64_t now, database.Pragma("auto_vacuum"));
  if (now == kIncremental) return absl::OkStatus();
  RETURN_IF_ERROR(database.Execute("PRAGMA auto_vacuum=INCREMENTAL"));
  return database.Execute("VACUUM");
}

}  // namespace

absl::Status PrepareSchema(Database& database) {
  RETURN_IF_ERROR(database.Execute("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(database.Execute("PRAGMA synchronous=FULL"));
  RETURN_IF_ERROR(database.Execute("PRAGMA secure_delete=ON"));  // values that are erased are gone
  RETURN_IF_ERROR(database.Execute("PRAGMA journal_size_limit=67108864"));
  ASSIGN_OR_RETURN(const int64_t version, database.Pragma("user_version"));
  if (version > kNewest) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("the store has schema ", version, ", this daemon knows up to ",
                                    kNewest, "; it was written by a newer daemon"));
  }
  for (int64_t from = version; from < kNewest; ++from) {
    RETURN_IF_ERROR(database.Execute(absl::StrCat("BEGIN IMMEDIATE;", kMigrations[from],
                                                  "PRAGMA user_version=", from + 1, ";COMMIT")));
  }
  return AllowToShrink(database);
}

}  // namespace wheelhouse::store

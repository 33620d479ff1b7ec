// What the store forgets, and what of that it keeps.
#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/store/sqlite/queries.h"
#include "server/store/sqlite/run_rows.h"
#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse::store {
namespace {

constexpr int kIntentionsOfARelease = 10;
constexpr int64_t kIntentionLife = int64_t{365} * 24 * 3600 * 1000000;  // after the run's, in us

// Runs a statement whose parameters are the run and a sequence.
absl::Status RunUpTo(Database& database, const char* sql, const std::string& run_id,
                     int64_t sequence) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  return statement.Bind(run_id).Bind(sequence).Run();
}

absl::Status DeleteOf(Database& database, const char* sql, const std::string& run_id) {
  ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  return statement.Bind(run_id).Run();
}

absl::Status TrimIntentions(Database& database, const std::string& cluster,
                            const std::string& chart) {
  ASSIGN_OR_RETURN(Statement trim,
                   database.Prepare("DELETE FROM intentions WHERE cluster=?1 AND chart=?2 AND "
                                    "(run_id, revision) NOT IN (SELECT run_id, revision FROM "
                                    "intentions WHERE cluster=?1 AND chart=?2 "
                                    "ORDER BY run_id DESC, revision DESC LIMIT ?3)"));
  return trim.Bind(cluster).Bind(chart).Bind(int64_t{kIntentionsOfARelease}).Run();
}

// What a killed helm left is known by the intention of the run that had asked for it, however long
// ago that was. A lock is the newest record of its release, so that the newest intentions do.
absl::Status KeepIntentions(Database& database, const RunRow& run, int64_t up_to) {
  ASSIGN_OR_RETURN(Statement charts,
                   database.Prepare("SELECT DISTINCT chart FROM journal WHERE run_id=? AND "
                                    "sequence<=? AND intended_revision>0"));
  ASSIGN_OR_RETURN(const auto names, TextsFrom(&charts.Bind(run.id).Bind(up_to)));
  if (names.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(RunUpTo(
      database,
      "INSERT OR REPLACE INTO intentions(cluster, chart, run_id, revision, end_time) "
      "SELECT DISTINCT cluster, chart, run_id, intended_revision, end_time FROM journal "
      "JOIN runs ON id=run_id WHERE run_id=? AND journal.sequence<=? AND intended_revision>0",
      run.id, up_to));
  for (const std::string& chart : names)
    RETURN_IF_ERROR(TrimIntentions(database, run.cluster, chart));
  ASSIGN_OR_RETURN(Statement forget, database.Prepare("DELETE FROM intentions WHERE end_time<?"));
  return forget.Bind(absl::ToUnixMicros(run.end_time) - kIntentionLife).Run();
}

absl::StatusOr<bool> PrunePart(Database& database, const std::string& run_id, int most_events) {
  ASSIGN_OR_RETURN(Statement find,
                   database.Prepare(absl::StrCat(
                       "SELECT ", kRowColumns, " FROM runs WHERE id=? AND end_time IS NOT NULL")));
  ASSIGN_OR_RETURN(const auto runs, RowsFrom(&find.Bind(run_id)));
  if (runs.empty()) return true;
  ASSIGN_OR_RETURN(Statement last, database.Prepare("SELECT sequence FROM events WHERE run_id=? "
                                                    "ORDER BY sequence LIMIT 1 OFFSET ?"));
  ASSIGN_OR_RETURN(const bool more, last.Bind(run_id).Bind(int64_t{most_events} - 1).Step());
  const int64_t up_to = more ? last.Number(0) : runs[0].sequence;
  RETURN_IF_ERROR(KeepIntentions(database, runs[0], up_to));
  for (const char* sql : {"DELETE FROM journal WHERE run_id=? AND sequence<=?",
                          "DELETE FROM events WHERE run_id=? AND sequence<=?"}) {
    RETURN_IF_ERROR(RunUpTo(database, sql, run_id, up_to));
  }
  if (up_to < runs[0].sequence) return false;
  for (const char* sql :
       {"DELETE FROM kept WHERE run_id=?", "DELETE FROM run_namespaces WHERE run_id=?",
        "DELETE FROM run_releases WHERE run_id=?", "DELETE FROM contents WHERE run_id=?",
        "DELETE FROM runs WHERE id=?"}) {
    RETURN_IF_ERROR(DeleteOf(database, sql, run_id));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::optional<absl::Time>> SqliteStore::AgeTime() {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query, reading->Prepare("SELECT time FROM age_time"));
  ASSIGN_OR_RETURN(const bool found, query.Step());
  return found ? std::optional<absl::Time>(absl::FromUnixMicros(query.Number(0))) : std::nullopt;
}

absl::Status SqliteStore::KeepAgeTime(absl::Time time) {
  return writer_.Write([&](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement keep,
                     database.Prepare("INSERT OR REPLACE INTO age_time(id, time) VALUES(0,?)"));
    return keep.Bind(absl::ToUnixMicros(time)).Run();
  });
}

absl::StatusOr<Usage> SqliteStore::GetUsage() {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement asked,
                   reading->Prepare("SELECT (SELECT count(*) FROM runs), page_count, "
                                    "freelist_count, page_size FROM pragma_page_count(), "
                                    "pragma_freelist_count(), pragma_page_size()"));
  RETURN_IF_ERROR(asked.Run());
  const int64_t free = asked.Number(2), size = asked.Number(3);
  return Usage{asked.Number(0), (asked.Number(1) - free) * size, free * size};
}

absl::StatusOr<std::vector<std::string>> SqliteStore::EndedBefore(absl::Time before, int limit) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement list, reading->Prepare(absl::StrCat("SELECT id", kFromEnded)));
  return TextsFrom(&list.Bind(absl::ToUnixMicros(before)).Bind(int64_t{limit}));
}

absl::StatusOr<bool> SqliteStore::Prune(const std::string& run_id, int most_events) {
  bool gone = false;
  RETURN_IF_ERROR(writer_.Write([&](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(gone, PrunePart(database, run_id, most_events));
    return absl::OkStatus();
  }));
  return gone;
}

absl::Status SqliteStore::Shrink() {
  return writer_.Write(
      [](Database& database) { return database.Execute("PRAGMA incremental_vacuum(256)"); });
}

}  // namespace wheelhouse::store

#include "server/store/sqlite/sqlite_store.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "common/failure.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/store/sqlite/append.h"
#include "server/store/sqlite/list_runs.h"
#include "server/store/sqlite/queries.h"
#include "server/store/sqlite/run_rows.h"
#include "server/store/sqlite/schema.h"

namespace wheelhouse::store {
namespace {

constexpr int kReaders = 4;  // connections; a read seldom takes longer than a millisecond

absl::Status WriteNames(Database& database, const char* sql, const std::string& run_id,
                        const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(Statement insert, database.Prepare(sql));
    RETURN_IF_ERROR(insert.Bind(run_id).Bind(name).Run());
  }
  return absl::OkStatus();
}

absl::Status WriteKept(Database& database, const std::string& run_id, const KeptBytes& kept) {
  ASSIGN_OR_RETURN(Statement insert,
                   database.Prepare("INSERT OR REPLACE INTO kept(run_id, chart, name, bytes) "
                                    "VALUES(?,?,?,?)"));
  return insert.Bind(run_id).Bind(kept.chart).Bind(kept.name).BindBlob(kept.bytes).Run();
}

absl::Status CheckRoom(Database& database, const std::string& run_id, const KeptBytes& kept,
                       int64_t most) {
  ASSIGN_OR_RETURN(Statement sum, database.Prepare(kKeptBesides));
  RETURN_IF_ERROR(sum.Bind(run_id).Bind(kept.chart).Bind(kept.name).Step().status());
  if (sum.Number(0) + static_cast<int64_t>(kept.bytes.size()) <= most) return absl::OkStatus();
  return absl::ResourceExhaustedError("more would be kept of the caller's runs than may be");
}

absl::Status NoteLastRun(Database& database, const std::string& plan, const std::string& run_id) {
  ASSIGN_OR_RETURN(Statement note,
                   database.Prepare("UPDATE saved_plans SET last_run=? WHERE id=?"));
  RETURN_IF_ERROR(note.Bind(run_id).Bind(plan).Run());
  return database.changes() > 0 ? absl::OkStatus() : absl::NotFoundError(plan);
}

// The row whose request it is, if there is one.
absl::StatusOr<std::optional<RunRow>> RequestRow(Database& database, const Principal& caller,
                                                 const std::string& request_id, absl::Time since) {
  ASSIGN_OR_RETURN(Statement query,
                   database.Prepare(absl::StrCat("SELECT ", kRowColumns, kFromRequest)));
  query.Bind(caller.name).Bind(request_id).Bind(absl::ToUnixMicros(since));
  ASSIGN_OR_RETURN(const std::vector<RunRow> rows, RowsFrom(&query));
  if (rows.empty()) return std::optional<RunRow>();
  return std::optional<RunRow>(rows.front());
}

}  // namespace

SqliteStore::DirectoryLock::~DirectoryLock() {
  if (fd >= 0) close(fd);
}

absl::StatusOr<std::unique_ptr<SqliteStore::DirectoryLock>> SqliteStore::Lock(
    const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || chmod(directory.c_str(), 0700) != 0) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("state directory ", directory,
                                    " cannot be created, or belongs to another user"));
  }
  auto lock = std::make_unique<DirectoryLock>();
  const std::string path = absl::StrCat(directory, "/lock");
  lock->fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock->fd < 0) {
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(path, ": ", strerror(errno)));
  }
  if (flock(lock->fd, LOCK_EX | LOCK_NB) != 0) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("another daemon uses the state directory ", directory));
  }
  return lock;
}

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& directory,
                                                               Watchdog* watchdog) {
  ASSIGN_OR_RETURN(auto lock, Lock(directory));
  const std::string path = absl::StrCat(directory, "/runs.db");
  ASSIGN_OR_RETURN(auto writing, Database::Open(path, /*read_only=*/false));
  chmod(path.c_str(), 0600);  // before WAL makes its files, which take the database's mode
  RETURN_IF_ERROR(PrepareSchema(*writing));
  ASSIGN_OR_RETURN(auto readers, Readers::Open(path, kReaders));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(lock), std::move(writing), std::move(readers), watchdog));
}

SqliteStore::SqliteStore(std::unique_ptr<DirectoryLock> lock, std::unique_ptr<Database> writing,
                         std::unique_ptr<Readers> readers, Watchdog* watchdog)
    : lock_(std::move(lock)), writer_(std::move(writing), watchdog), readers_(std::move(readers)) {}

SqliteStore::~SqliteStore() = default;

absl::Status SqliteStore::CreateRun(const RunRow& row, const RunContents& contents,
                                    absl::Time since) {
  return writer_.Write([&](Database& database) -> absl::Status {
    if (!row.request_id.empty()) {
      ASSIGN_OR_RETURN(const std::optional<RunRow> other,
                       RequestRow(database, row.caller, row.request_id, since));
      if (other.has_value()) return absl::AlreadyExistsError(row.request_id);
    }
    ASSIGN_OR_RETURN(Statement insert,
                     database.Prepare("INSERT INTO runs(id, caller, caller_known_by, request_id, "
                                      "request_digest, plan_name, cluster, state, sequence, "
                                      "create_time) VALUES(?,?,?,?,?,?,?,?,?,?)"));
    insert.Bind(row.id).Bind(row.caller.name).Bind(NumberOf(row.caller.known_by));
    insert.Bind(row.request_id).Bind(row.request_digest);
    insert.Bind(row.plan_name).Bind(row.cluster).Bind(int64_t{row.state}).Bind(row.sequence);
    RETURN_IF_ERROR(insert.Bind(absl::ToUnixMicros(row.create_time)).Run());
    ASSIGN_OR_RETURN(Statement opaque,
                     database.Prepare("INSERT INTO contents(run_id, plan, first) VALUES(?,?,?)"));
    opaque.Bind(row.id).BindBlob(contents.plan).BindBlob(contents.first);
    RETURN_IF_ERROR(opaque.Run());
    for (const KeptBytes& kept : contents.kept) RETURN_IF_ERROR(WriteKept(database, row.id, kept));
    if (!row.saved_plan.empty()) RETURN_IF_ERROR(NoteLastRun(database, row.saved_plan, row.id));
    RETURN_IF_ERROR(
        WriteNames(database, "INSERT OR IGNORE INTO run_namespaces(run_id, namespace) VALUES(?,?)",
                   row.id, row.namespaces));
    return WriteNames(database, "INSERT OR IGNORE INTO run_releases(run_id, release) VALUES(?,?)",
                      row.id, row.releases);
  });
}

absl::StatusOr<std::optional<RunRow>> SqliteStore::FindRequest(const Principal& caller,
                                                               const std::string& request_id,
                                                               absl::Time since) {
  const Readers::Borrowed reading = readers_->Borrow();
  return RequestRow(*reading, caller, request_id, since);
}

absl::Status SqliteStore::TryWrite() {
  return writer_.Write([](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t version, database.Pragma("user_version"));
    // Writes its page, also where nothing changes.
    return database.Execute(absl::StrCat("PRAGMA user_version=", version));
  });
}

std::string SqliteStore::Digest(const std::string& bytes) const { return Sha256Hex(bytes); }

void SqliteStore::AppendAsync(Append append, Done done) {
  auto held = std::make_shared<Append>(std::move(append));  // std::function wants to be copied
  writer_.WriteAsync([held](Database& database) { return WriteAppend(database, *held); },
                     std::move(done));
}

absl::StatusOr<std::optional<StoredRun>> SqliteStore::Load(const std::string& run_id) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query, reading->Prepare(absl::StrCat("SELECT ", kRowColumns,
                                                                  ", first, last", kFromContents)));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Step());
  if (!found) return std::optional<StoredRun>();
  StoredRun run;
  run.row = RowFrom(query);
  run.first = query.Text(kRowWidth);
  if (!query.IsNull(kRowWidth + 1)) run.last = query.Text(kRowWidth + 1);
  return std::optional<StoredRun>(std::move(run));
}

absl::StatusOr<std::optional<Bytes>> SqliteStore::LoadPlan(const std::string& run_id) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query, reading->Prepare("SELECT plan FROM contents WHERE run_id=?"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Step());
  return found ? std::optional<Bytes>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<std::vector<Event>> SqliteStore::Events(const std::string& run_id, int64_t after,
                                                       int limit) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query,
                   reading->Prepare("SELECT sequence, event FROM events WHERE run_id=? AND "
                                    "sequence>? ORDER BY sequence LIMIT ?"));
  query.Bind(run_id).Bind(after).Bind(int64_t{limit});
  std::vector<Event> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return events;
    events.push_back({query.Number(0), query.Text(1), std::nullopt});
  }
}

absl::StatusOr<Page> SqliteStore::List(const Query& query) {
  const Readers::Borrowed reading = readers_->Borrow();
  return ListRuns(*reading, query);
}

absl::StatusOr<std::vector<RunRow>> SqliteStore::Unfinished() {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement list,
                   reading->Prepare(absl::StrCat("SELECT ", kRowColumns, kFromUnfinished)));
  return RowsFrom(&list);
}

absl::StatusOr<std::vector<std::string>> SqliteStore::ReleasesOf(const std::string& run_id) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement list,
                   reading->Prepare("SELECT release FROM run_releases WHERE run_id=? AND release "
                                    "LIKE '%/%' ORDER BY release"));
  return TextsFrom(&list.Bind(run_id));
}

absl::StatusOr<std::vector<std::string>> SqliteStore::PlansToErase(absl::Time before) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement list, reading->Prepare(absl::StrCat("SELECT id", kFromPlansToErase)));
  list.Bind(absl::ToUnixMicros(before));
  return TextsFrom(&list);
}

absl::Status SqliteStore::Keep(const std::string& run_id, const std::string& chart,
                               const std::string& name, const Bytes& bytes,
                               std::optional<int64_t> most) {
  const KeptBytes kept{chart, name, bytes};
  return writer_.Write([&](Database& database) -> absl::Status {
    if (most.has_value()) RETURN_IF_ERROR(CheckRoom(database, run_id, kept, *most));
    return WriteKept(database, run_id, kept);
  });
}

absl::StatusOr<std::optional<Bytes>> SqliteStore::Kept(const std::string& run_id,
                                                       const std::string& chart,
                                                       const std::string& name) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query,
                   reading->Prepare("SELECT bytes FROM kept WHERE run_id=? AND chart=? AND "
                                    "name=?"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Bind(chart).Bind(name).Step());
  return found ? std::optional<Bytes>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<std::optional<std::string>> SqliteStore::FindIntention(const std::string& cluster,
                                                                      const std::string& chart,
                                                                      int revision) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query, reading->Prepare(kIntention));
  ASSIGN_OR_RETURN(const bool found,
                   query.Bind(chart).Bind(int64_t{revision}).Bind(cluster).Step());
  return found ? std::optional<std::string>(query.Text(0)) : std::nullopt;
}

absl::StatusOr<std::optional<Memory>> SqliteStore::NewestMemory(const std::string& run_id,
                                                                const std::string& chart) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query,
                   reading->Prepare("SELECT sequence, memory FROM journal WHERE run_id=? AND "
                                    "chart=? ORDER BY sequence DESC LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Bind(chart).Step());
  return found ? std::optional<Memory>({query.Number(0), query.Text(1)}) : std::nullopt;
}

absl::Status SqliteStore::ReplacePlan(const std::string& run_id, const Bytes& plan) {
  return writer_.Write([&](Database& database) { return WritePlan(database, run_id, plan); });
}

}  // namespace wheelhouse::store

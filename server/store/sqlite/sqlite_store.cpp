#include "server/store/sqlite/sqlite_store.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/store/sqlite/list_runs.h"
#include "server/store/sqlite/queries.h"
#include "server/store/sqlite/run_rows.h"
#include "server/store/sqlite/schema.h"

namespace wheelhouse::store {
namespace {

std::string Place(absl::string_view what, const std::string& run_id, int64_t sequence = 0) {
  return absl::StrCat(what, "/", run_id, "/", sequence);
}

std::string KeptPlace(const std::string& run_id, const std::string& chart,
                      const std::string& name) {
  return absl::StrCat("kept/", run_id, "/", chart, "/", name);
}

absl::StatusOr<std::string> SealMessage(const Sealer& sealer,
                                        const google::protobuf::Message& message,
                                        const std::string& place) {
  return sealer.Seal(message.SerializeAsString(), place);
}

template <typename Message>
std::optional<Message> UnsealMessage(const Sealer& sealer, const std::string& sealed,
                                     const std::string& place) {
  if (sealed.empty()) return std::nullopt;
  const absl::StatusOr<std::string> plain = sealer.Unseal(sealed, place);
  Message message;
  if (!plain.ok() || !message.ParseFromString(*plain)) return std::nullopt;
  return message;
}

absl::Status WriteNames(Database& database, const char* sql, const std::string& run_id,
                        const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(Statement insert, database.Prepare(sql));
    RETURN_IF_ERROR(insert.Bind(run_id).Bind(name).Run());
  }
  return absl::OkStatus();
}

// The row whose request it is, if there is one.
absl::StatusOr<std::optional<RunRow>> RequestRow(Database& database, const std::string& caller,
                                                 const std::string& request_id, absl::Time since) {
  ASSIGN_OR_RETURN(Statement query,
                   database.Prepare(absl::StrCat("SELECT ", kRowColumns, kFromRequest)));
  query.Bind(caller).Bind(request_id).Bind(absl::ToUnixMicros(since));
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
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("state directory ", directory,
                                                               " cannot be made or is not ours"));
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

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& directory) {
  ASSIGN_OR_RETURN(auto lock, Lock(directory));
  ASSIGN_OR_RETURN(auto sealer, Sealer::FromFile(absl::StrCat(directory, "/key")));
  const std::string path = absl::StrCat(directory, "/runs.db");
  ASSIGN_OR_RETURN(auto writing, Database::Open(path, /*read_only=*/false));
  chmod(path.c_str(), 0600);  // before WAL makes its files, which take the database's mode
  RETURN_IF_ERROR(PrepareSchema(*writing));
  ASSIGN_OR_RETURN(auto reading, Database::Open(path, /*read_only=*/true));
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::move(lock), std::move(sealer), std::move(writing), std::move(reading)));
}

SqliteStore::SqliteStore(std::unique_ptr<DirectoryLock> lock, std::unique_ptr<Sealer> sealer,
                         std::unique_ptr<Database> writing, std::unique_ptr<Database> reading)
    : lock_(std::move(lock)),
      sealer_(std::move(sealer)),
      writer_(std::move(writing)),
      reading_(std::move(reading)) {}

SqliteStore::~SqliteStore() = default;

absl::Status SqliteStore::CreateRun(const RunRow& row, const v1::Plan& plan, const v1::Run& first,
                                    absl::Time since) {
  ASSIGN_OR_RETURN(const std::string sealed_plan,
                   SealMessage(*sealer_, plan, Place("plan", row.id)));
  ASSIGN_OR_RETURN(const std::string sealed_first,
                   SealMessage(*sealer_, first, Place("first", row.id)));
  return writer_.Write([&](Database& database) -> absl::Status {
    if (!row.request_id.empty()) {
      ASSIGN_OR_RETURN(const std::optional<RunRow> other,
                       RequestRow(database, row.caller, row.request_id, since));
      if (other.has_value()) return absl::AlreadyExistsError(row.request_id);
    }
    ASSIGN_OR_RETURN(Statement insert,
                     database.Prepare("INSERT INTO runs(id, caller, request_id, request_digest, "
                                      "plan_name, cluster, state, sequence, create_time) "
                                      "VALUES(?,?,?,?,?,?,?,?,?)"));
    insert.Bind(row.id).Bind(row.caller).Bind(row.request_id).Bind(row.request_digest);
    insert.Bind(row.plan_name).Bind(row.cluster).Bind(int64_t{row.state}).Bind(row.sequence);
    RETURN_IF_ERROR(insert.Bind(absl::ToUnixMicros(row.create_time)).Run());
    ASSIGN_OR_RETURN(Statement contents,
                     database.Prepare("INSERT INTO contents(run_id, plan, first) VALUES(?,?,?)"));
    contents.Bind(row.id).BindBlob(sealed_plan).BindBlob(sealed_first);
    RETURN_IF_ERROR(contents.Run());
    RETURN_IF_ERROR(
        WriteNames(database, "INSERT OR IGNORE INTO run_namespaces(run_id, namespace) VALUES(?,?)",
                   row.id, row.namespaces));
    return WriteNames(database, "INSERT OR IGNORE INTO run_releases(run_id, release) VALUES(?,?)",
                      row.id, row.releases);
  });
}

absl::StatusOr<std::optional<RunRow>> SqliteStore::FindRequest(const std::string& caller,
                                                               const std::string& request_id,
                                                               absl::Time since) {
  MutexLock lock(&reading_mutex_);
  return RequestRow(*reading_, caller, request_id, since);
}

absl::Status SqliteStore::TryWrite() {
  return writer_.Write([](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t version, database.Pragma("user_version"));
    // Writes its page, also where nothing changes.
    return database.Execute(absl::StrCat("PRAGMA user_version=", version));
  });
}

std::string SqliteStore::Digest(const std::string& bytes) const { return sealer_->Digest(bytes); }

void SqliteStore::AppendAsync(Append append, Done done) {
  auto held = std::make_shared<Append>(std::move(append));  // std::function wants to be copied
  writer_.WriteAsync([this, held](Database& database) { return WriteAppend(database, *held); },
                     std::move(done));
}

absl::Status SqliteStore::WriteAppend(Database& database, const Append& append) const {
  if (append.state.has_value()) {
    ASSIGN_OR_RETURN(Statement change,
                     database.Prepare("UPDATE runs SET state=? WHERE id=? AND state=?"));
    change.Bind(int64_t{append.state->to}).Bind(append.run_id).Bind(int64_t{append.state->from});
    RETURN_IF_ERROR(change.Run());
    if (database.changes() != 1) return absl::AbortedError("the run is not in that state");
  }
  if (!append.events.empty()) {
    const int64_t first = append.events.front().event.sequence();
    const int64_t last = append.events.back().event.sequence();
    ASSIGN_OR_RETURN(Statement advance,
                     database.Prepare("UPDATE runs SET sequence=? WHERE id=? AND sequence=?"));
    RETURN_IF_ERROR(advance.Bind(last).Bind(append.run_id).Bind(first - 1).Run());
    if (database.changes() != 1 || last - first + 1 != static_cast<int64_t>(append.events.size())) {
      return absl::AbortedError("the events do not follow the run's newest one");
    }
  }
  for (const JournalledEvent& entry : append.events) {
    RETURN_IF_ERROR(WriteEvent(database, append.run_id, entry));
  }
  if (append.last.has_value()) {
    ASSIGN_OR_RETURN(const std::string sealed,
                     SealMessage(*sealer_, *append.last, Place("last", append.run_id)));
    ASSIGN_OR_RETURN(Statement keep, database.Prepare("UPDATE contents SET last=? WHERE run_id=?"));
    RETURN_IF_ERROR(keep.BindBlob(sealed).Bind(append.run_id).Run());
    ASSIGN_OR_RETURN(Statement end, database.Prepare("UPDATE runs SET end_time=? WHERE id=?"));
    const auto& time = append.last->end_time();
    end.Bind(int64_t{time.seconds() * 1000000 + time.nanos() / 1000});
    RETURN_IF_ERROR(end.Bind(append.run_id).Run());
  }
  return append.plan.has_value() ? WritePlan(database, append.run_id, *append.plan)
                                 : absl::OkStatus();
}

absl::Status SqliteStore::WriteEvent(Database& database, const std::string& run_id,
                                     const JournalledEvent& entry) const {
  const int64_t sequence = entry.event.sequence();
  ASSIGN_OR_RETURN(const std::string sealed,
                   SealMessage(*sealer_, entry.event, Place("event", run_id, sequence)));
  ASSIGN_OR_RETURN(Statement insert,
                   database.Prepare("INSERT INTO events(run_id, sequence, event) VALUES(?,?,?)"));
  RETURN_IF_ERROR(insert.Bind(run_id).Bind(sequence).BindBlob(sealed).Run());
  if (!entry.journal.has_value()) return absl::OkStatus();
  const JournalRow& row = *entry.journal;
  ASSIGN_OR_RETURN(const std::string fingerprint,
                   sealer_->Seal(row.fingerprint, Place("fingerprint", run_id, sequence)));
  ASSIGN_OR_RETURN(const std::string memory,
                   sealer_->Seal(row.memory, Place("memory", run_id, sequence)));
  ASSIGN_OR_RETURN(
      Statement note,
      database.Prepare("INSERT INTO journal(run_id, sequence, chart, stage, step_index, "
                       "step, attempt, state, intended_revision, baseline_revision, "
                       "fingerprint, payload) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"));
  note.Bind(run_id)
      .Bind(sequence)
      .Bind(row.chart)
      .Bind(int64_t{row.stage})
      .Bind(int64_t{row.index});
  note.Bind(row.step).Bind(int64_t{row.attempt}).Bind(int64_t{row.state});
  note.Bind(int64_t{row.intended_revision}).Bind(int64_t{row.baseline_revision});
  return note.BindBlob(fingerprint).BindBlob(memory).Run();
}

absl::Status SqliteStore::WritePlan(Database& database, const std::string& run_id,
                                    const v1::Plan& plan) const {
  ASSIGN_OR_RETURN(const std::string sealed, SealMessage(*sealer_, plan, Place("plan", run_id)));
  ASSIGN_OR_RETURN(Statement replace,
                   database.Prepare("UPDATE contents SET plan=? WHERE run_id=?"));
  RETURN_IF_ERROR(replace.BindBlob(sealed).Bind(run_id).Run());
  ASSIGN_OR_RETURN(Statement mark, database.Prepare("UPDATE runs SET plan_erased=1 WHERE id=?"));
  RETURN_IF_ERROR(mark.Bind(run_id).Run());
  ASSIGN_OR_RETURN(Statement forget, database.Prepare("DELETE FROM kept WHERE run_id=?"));
  return forget.Bind(run_id).Run();
}

absl::StatusOr<std::optional<StoredRun>> SqliteStore::Load(const std::string& run_id) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query, reading_->Prepare(absl::StrCat(
                                        "SELECT ", kRowColumns, ", first, last", kFromContents)));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Step());
  if (!found) return std::optional<StoredRun>();
  StoredRun run;
  run.row = RowFrom(query);
  run.contents.first =
      UnsealMessage<v1::Run>(*sealer_, query.Text(kRowWidth), Place("first", run_id));
  run.contents.last =
      UnsealMessage<v1::Run>(*sealer_, query.Text(kRowWidth + 1), Place("last", run_id));
  return std::optional<StoredRun>(std::move(run));
}

absl::StatusOr<std::optional<v1::Plan>> SqliteStore::LoadPlan(const std::string& run_id) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query, reading_->Prepare("SELECT plan FROM contents WHERE run_id=?"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Step());
  if (!found) return std::optional<v1::Plan>();
  return UnsealMessage<v1::Plan>(*sealer_, query.Text(0), Place("plan", run_id));
}

absl::StatusOr<std::vector<v1::RunEvent>> SqliteStore::Events(const std::string& run_id,
                                                              int64_t after, int limit) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query,
                   reading_->Prepare("SELECT sequence, event FROM events WHERE run_id=? AND "
                                     "sequence>? ORDER BY sequence LIMIT ?"));
  query.Bind(run_id).Bind(after).Bind(int64_t{limit});
  std::vector<v1::RunEvent> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return events;
    auto event = UnsealMessage<v1::RunEvent>(*sealer_, query.Text(1),
                                             Place("event", run_id, query.Number(0)));
    if (event.has_value()) events.push_back(*std::move(event));
  }
}

absl::StatusOr<Page> SqliteStore::List(const Query& query) {
  MutexLock lock(&reading_mutex_);
  return ListRuns(*reading_, query);
}

absl::StatusOr<std::vector<RunRow>> SqliteStore::Unfinished() {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement list,
                   reading_->Prepare(absl::StrCat("SELECT ", kRowColumns, kFromUnfinished)));
  return RowsFrom(&list);
}

absl::StatusOr<std::vector<std::string>> SqliteStore::PlansToErase(absl::Time before) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement list, reading_->Prepare(absl::StrCat("SELECT id", kFromPlansToErase)));
  list.Bind(absl::ToUnixMicros(before));
  return TextsFrom(&list);
}

absl::Status SqliteStore::Keep(const std::string& run_id, const std::string& chart,
                               const std::string& name, const std::string& bytes) {
  ASSIGN_OR_RETURN(const std::string sealed, sealer_->Seal(bytes, KeptPlace(run_id, chart, name)));
  return writer_.Write([&](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement insert,
                     database.Prepare("INSERT OR REPLACE INTO kept(run_id, chart, name, bytes) "
                                      "VALUES(?,?,?,?)"));
    return insert.Bind(run_id).Bind(chart).Bind(name).BindBlob(sealed).Run();
  });
}

absl::StatusOr<std::optional<std::string>> SqliteStore::Kept(const std::string& run_id,
                                                             const std::string& chart,
                                                             const std::string& name) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query,
                   reading_->Prepare("SELECT bytes FROM kept WHERE run_id=? AND chart=? AND "
                                     "name=?"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Bind(chart).Bind(name).Step());
  if (!found) return std::optional<std::string>();
  absl::StatusOr<std::string> plain =
      sealer_->Unseal(query.Text(0), KeptPlace(run_id, chart, name));
  if (!plain.ok()) return std::optional<std::string>();
  return std::optional<std::string>(*std::move(plain));
}

absl::StatusOr<std::optional<Intention>> SqliteStore::FindIntention(const std::string& cluster,
                                                                    const std::string& chart,
                                                                    int revision) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query, reading_->Prepare(kIntention));
  ASSIGN_OR_RETURN(const bool found,
                   query.Bind(chart).Bind(int64_t{revision}).Bind(cluster).Step());
  if (!found) return std::optional<Intention>();
  Intention intention{query.Text(0), ""};
  const absl::StatusOr<std::string> fingerprint =
      sealer_->Unseal(query.Text(2), Place("fingerprint", intention.run_id, query.Number(1)));
  if (fingerprint.ok()) intention.fingerprint = *fingerprint;
  return std::optional<Intention>(std::move(intention));
}

absl::StatusOr<std::optional<std::string>> SqliteStore::NewestMemory(const std::string& run_id,
                                                                     const std::string& chart) {
  MutexLock lock(&reading_mutex_);
  ASSIGN_OR_RETURN(Statement query,
                   reading_->Prepare("SELECT sequence, payload FROM journal WHERE run_id=? AND "
                                     "chart=? ORDER BY sequence DESC LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, query.Bind(run_id).Bind(chart).Step());
  if (!found) return std::optional<std::string>();
  absl::StatusOr<std::string> plain =
      sealer_->Unseal(query.Text(1), Place("memory", run_id, query.Number(0)));
  if (!plain.ok()) return std::optional<std::string>();
  return std::optional<std::string>(*std::move(plain));
}

absl::Status SqliteStore::ReplacePlan(const std::string& run_id, const v1::Plan& plan) {
  return writer_.Write([&](Database& database) { return WritePlan(database, run_id, plan); });
}

}  // namespace wheelhouse::store

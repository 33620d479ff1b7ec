#include "server/store/sqlite/database.h"

#include <absl/strings/str_cat.h>

#include <cstring>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

// What to do about it; empty where nothing is known.
std::string Advice(sqlite3* connection) {
  switch (sqlite3_errcode(connection) & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR: {
      const int error = sqlite3_system_errno(connection);
      return absl::StrCat(error == 0 ? "" : absl::StrCat(" (", strerror(error), ")"),
                          "; runs go on by themselves when it can be written again");
    }
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "; it is damaged: stop the daemon, put a copy of it back or move it away together "
             "with its -wal and -shm, and start anew (what is lost is the history of runs, not "
             "releases)";
    default:
      return "";
  }
}

absl::Status Error(sqlite3* connection, absl::string_view doing) {
  const char* path = sqlite3_db_filename(connection, "main");
  return MakeFailure(Reason::kStoreUnavailable,
                     absl::StrCat("the store ", path == nullptr ? "" : path, ": ", doing, ": ",
                                  sqlite3_errmsg(connection), Advice(connection)));
}

}  // namespace

Statement& Statement::Bind(absl::string_view text) {
  sqlite3_bind_text(statement_.get(), ++bound_, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::Bind(int64_t number) {
  sqlite3_bind_int64(statement_.get(), ++bound_, number);
  return *this;
}

Statement& Statement::BindBlob(absl::string_view bytes) {
  sqlite3_bind_blob(statement_.get(), ++bound_, bytes.data(), static_cast<int>(bytes.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Error(sqlite3_db_handle(statement_.get()), "a statement");
}

absl::Status Statement::Run() { return Step().status(); }

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? "" : std::string(static_cast<const char*>(bytes), size);
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, bool read_only) {
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  std::unique_ptr<Database> database(new Database(connection));
  if (code != SQLITE_OK) return Error(connection, absl::StrCat("opening ", path));
  sqlite3_busy_timeout(connection, 5000);
  return database;
}

absl::Status Database::Execute(const std::string& sql) {
  if (sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Error(connection_.get(), sql.substr(0, 40));
  }
  return absl::OkStatus();
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement,
                         nullptr) != SQLITE_OK) {
    return Error(connection_.get(), sql);
  }
  return Statement(statement);
}

absl::StatusOr<int64_t> Database::Pragma(absl::string_view name) {
  ASSIGN_OR_RETURN(Statement asked, Prepare(absl::StrCat("PRAGMA ", name)));
  RETURN_IF_ERROR(asked.Run());
  return asked.Number(0);
}

}  // namespace wheelhouse::store

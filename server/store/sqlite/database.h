// A thin hold on sqlite3: connections, statements, errors as STORE_UNAVAILABLE.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <sqlite3.h>

#include <memory>
#include <string>

namespace wheelhouse::store {

// One use of one SQL statement. Binding counts from 1; columns from 0.
class Statement {
 public:
  Statement& Bind(absl::string_view text);
  Statement& Bind(int64_t number);
  Statement& BindBlob(absl::string_view bytes);
  // True: there is a row. False: done.
  absl::StatusOr<bool> Step();
  // For statements without rows.
  absl::Status Run();
  std::string Text(int column) const;  // or a blob's bytes; empty for NULL
  bool IsNull(int column) const;
  int64_t Number(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement, sqlite3_finalize) {}
  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement_;
  int bound_ = 0;
};

// One connection; used by one thread at a time.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, bool read_only);
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(absl::string_view sql);
  absl::StatusOr<int64_t> Pragma(absl::string_view name);
  int changes() const { return sqlite3_changes(connection_.get()); }
  // False also when SQLite has rolled the transaction back by itself, as it does on a full disk.
  bool in_transaction() const { return sqlite3_get_autocommit(connection_.get()) == 0; }

 private:
  explicit Database(sqlite3* connection) : connection_(connection, sqlite3_close) {}
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> connection_;
};

}  // namespace wheelhouse::store

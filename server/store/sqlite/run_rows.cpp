#include "server/store/sqlite/run_rows.h"

#include "common/status_macros.h"

namespace wheelhouse::store {

KnownBy KnownByOf(int64_t number) {
  switch (number) {
    case 1:
      return KnownBy::kUnixSocket;
    case 2:
      return KnownBy::kCertificate;
    default:
      return KnownBy::kUnknown;
  }
}

int64_t NumberOf(KnownBy known_by) {
  switch (known_by) {
    case KnownBy::kUnixSocket:
      return 1;
    case KnownBy::kCertificate:
      return 2;
    case KnownBy::kUnknown:
      break;
  }
  return 0;
}

RunRow RowFrom(const Statement& found) {
  RunRow row;
  row.id = found.Text(0);
  row.caller = {found.Text(1), KnownByOf(found.Number(11))};
  row.request_id = found.Text(2);
  row.request_digest = found.Text(3);
  row.plan_name = found.Text(4);
  row.cluster = found.Text(5);
  row.state = static_cast<v1::RunState>(found.Number(6));
  row.sequence = found.Number(7);
  row.create_time = absl::FromUnixMicros(found.Number(8));
  if (found.Number(9) != 0) row.end_time = absl::FromUnixMicros(found.Number(9));
  row.plan_erased = found.Number(10) != 0;
  row.taken_up = static_cast<int>(found.Number(12));
  return row;
}

absl::StatusOr<std::vector<RunRow>> RowsFrom(Statement* query) {
  std::vector<RunRow> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return rows;
    rows.push_back(RowFrom(*query));
  }
}

absl::StatusOr<std::vector<std::string>> TextsFrom(Statement* query) {
  std::vector<std::string> texts;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, query->Step());
    if (!more) return texts;
    texts.push_back(query->Text(0));
  }
}

}  // namespace wheelhouse::store

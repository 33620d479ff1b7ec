#include "server/store/sqlite/append.h"

#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

absl::Status WriteEvent(Database& database, const std::string& run_id, const Event& event) {
  ASSIGN_OR_RETURN(Statement insert,
                   database.Prepare("INSERT INTO events(run_id, sequence, event) VALUES(?,?,?)"));
  RETURN_IF_ERROR(insert.Bind(run_id).Bind(event.sequence).BindBlob(event.payload).Run());
  if (!event.journal.has_value()) return absl::OkStatus();
  const JournalRow& row = *event.journal;
  ASSIGN_OR_RETURN(Statement note,
                   database.Prepare("INSERT INTO journal(run_id, sequence, chart, "
                                    "intended_revision, memory) VALUES(?,?,?,?,?)"));
  note.Bind(run_id).Bind(event.sequence).Bind(row.chart).Bind(int64_t{row.intended_revision});
  return note.BindBlob(row.memory).Run();
}

// Moves the run's newest sequence past the append's events.
absl::Status Advance(Database& database, const Append& append) {
  const int64_t first = append.events.front().sequence;
  const int64_t last = append.events.back().sequence;
  ASSIGN_OR_RETURN(Statement advance,
                   database.Prepare("UPDATE runs SET sequence=? WHERE id=? AND sequence=?"));
  RETURN_IF_ERROR(advance.Bind(last).Bind(append.run_id).Bind(first - 1).Run());
  if (database.changes() == 1 && last - first + 1 == static_cast<int64_t>(append.events.size()))
    return absl::OkStatus();
  return absl::AbortedError("the events do not follow the run's newest one");
}

absl::Status WriteEnd(Database& database, const std::string& run_id, const Append::End& end) {
  ASSIGN_OR_RETURN(Statement keep, database.Prepare("UPDATE contents SET last=? WHERE run_id=?"));
  RETURN_IF_ERROR(keep.BindBlob(end.last).Bind(run_id).Run());
  ASSIGN_OR_RETURN(Statement mark, database.Prepare("UPDATE runs SET end_time=? WHERE id=?"));
  return mark.Bind(absl::ToUnixMicros(end.time)).Bind(run_id).Run();
}

}  // namespace

absl::Status WriteAppend(Database& database, const Append& append) {
  if (append.state.has_value()) {
    ASSIGN_OR_RETURN(Statement change,
                     database.Prepare("UPDATE runs SET state=? WHERE id=? AND state=?"));
    change.Bind(int64_t{append.state->to}).Bind(append.run_id).Bind(int64_t{append.state->from});
    RETURN_IF_ERROR(change.Run());
    if (database.changes() != 1) return absl::AbortedError("the run is not in that state");
  }
  if (!append.events.empty()) RETURN_IF_ERROR(Advance(database, append));
  for (const Event& event : append.events) {
    RETURN_IF_ERROR(WriteEvent(database, append.run_id, event));
  }
  if (append.taken_up.has_value()) {
    ASSIGN_OR_RETURN(Statement count, database.Prepare("UPDATE runs SET taken_up=? WHERE id=?"));
    RETURN_IF_ERROR(count.Bind(int64_t{*append.taken_up}).Bind(append.run_id).Run());
  }
  if (append.end.has_value()) RETURN_IF_ERROR(WriteEnd(database, append.run_id, *append.end));
  if (append.plan.has_value()) return WritePlan(database, append.run_id, *append.plan);
  return absl::OkStatus();
}

absl::Status WritePlan(Database& database, const std::string& run_id, const Bytes& plan) {
  ASSIGN_OR_RETURN(Statement replace,
                   database.Prepare("UPDATE contents SET plan=? WHERE run_id=?"));
  RETURN_IF_ERROR(replace.BindBlob(plan).Bind(run_id).Run());
  ASSIGN_OR_RETURN(Statement mark, database.Prepare("UPDATE runs SET plan_erased=1 WHERE id=?"));
  RETURN_IF_ERROR(mark.Bind(run_id).Run());
  ASSIGN_OR_RETURN(Statement forget, database.Prepare("DELETE FROM kept WHERE run_id=?"));
  return forget.Bind(run_id).Run();
}

}  // namespace wheelhouse::store

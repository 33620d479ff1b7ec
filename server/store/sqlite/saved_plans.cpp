// Saved plans. Their contents are in a table of their own, so that lists read little.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include "common/status_macros.h"
#include "server/store/sqlite/run_rows.h"
#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse::store {
namespace {

constexpr char kColumns[] =
    "id, sha256, caller, caller_known_by, plan_name, cluster, create_time, expire_time, "
    "approval_required, approved_by, approve_time, last_run, archives";
constexpr int kWidth = 13;

SavedPlanRow PlanFrom(const Statement& found) {
  SavedPlanRow row;
  row.id = found.Text(0);
  row.sha256 = found.Text(1);
  row.caller = {found.Text(2), KnownByOf(found.Number(3))};
  row.plan_name = found.Text(4);
  row.cluster = found.Text(5);
  row.create_time = absl::FromUnixMicros(found.Number(6));
  row.expire_time = absl::FromUnixMicros(found.Number(7));
  row.approval_required = found.Number(8) != 0;
  row.approved_by = found.Text(9);
  if (!row.approved_by.empty()) row.approve_time = absl::FromUnixMicros(found.Number(10));
  row.last_run = found.Text(11);
  row.archives = absl::StrSplit(found.Text(12), ' ', absl::SkipEmpty());
  return row;
}

absl::Status Insert(Database& database, const SavedPlanRow& row, const Bytes& contents) {
  ASSIGN_OR_RETURN(Statement insert,
                   database.Prepare("INSERT OR IGNORE INTO saved_plans(id, sha256, caller, "
                                    "caller_known_by, plan_name, cluster, create_time, "
                                    "expire_time, approval_required, archives) "
                                    "VALUES(?,?,?,?,?,?,?,?,?,?)"));
  insert.Bind(row.id).Bind(row.sha256).Bind(row.caller.name).Bind(NumberOf(row.caller.known_by));
  insert.Bind(row.plan_name).Bind(row.cluster).Bind(absl::ToUnixMicros(row.create_time));
  insert.Bind(absl::ToUnixMicros(row.expire_time)).Bind(int64_t{row.approval_required});
  RETURN_IF_ERROR(insert.Bind(absl::StrJoin(row.archives, " ")).Run());
  ASSIGN_OR_RETURN(Statement opaque,
                   database.Prepare("INSERT OR IGNORE INTO saved_plan_contents(plan_id, contents) "
                                    "VALUES(?,?)"));
  return opaque.Bind(row.id).BindBlob(contents).Run();
}

}  // namespace

absl::Status SqliteStore::PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) {
  return writer_.Write([&](Database& database) { return Insert(database, row, contents); });
}

absl::StatusOr<std::optional<StoredPlan>> SqliteStore::LoadSavedPlan(const std::string& id) {
  const Readers::Borrowed reading = readers_->Borrow();
  ASSIGN_OR_RETURN(Statement query,
                   reading->Prepare(absl::StrCat("SELECT ", kColumns,
                                                 ", contents FROM saved_plans JOIN "
                                                 "saved_plan_contents ON plan_id=id WHERE id=?")));
  ASSIGN_OR_RETURN(const bool found, query.Bind(id).Step());
  if (!found) return std::optional<StoredPlan>();
  return std::optional<StoredPlan>({PlanFrom(query), query.Text(kWidth)});
}

absl::StatusOr<std::vector<SavedPlanRow>> SqliteStore::ListSavedPlans(const SavedPlanQuery& query) {
  const Readers::Borrowed reading = readers_->Borrow();
  const bool all = query.caller.empty();
  ASSIGN_OR_RETURN(Statement list,
                   reading->Prepare(absl::StrCat("SELECT ", kColumns, " FROM saved_plans WHERE ",
                                                 all ? "" : "caller=? AND ", "(?='' OR id<?) ",
                                                 "ORDER BY id DESC LIMIT ?")));
  if (!all) list.Bind(query.caller);
  list.Bind(query.before_id).Bind(query.before_id).Bind(int64_t{query.limit});
  std::vector<SavedPlanRow> rows;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, list.Step());
    if (!more) return rows;
    rows.push_back(PlanFrom(list));
  }
}

absl::Status SqliteStore::ApproveSavedPlan(const std::string& id, const std::string& by,
                                           absl::Time time) {
  return writer_.Write([&](Database& database) -> absl::Status {
    ASSIGN_OR_RETURN(Statement approve,
                     database.Prepare("UPDATE saved_plans SET approved_by=?, approve_time=? "
                                      "WHERE id=? AND approved_by=''"));
    return approve.Bind(by).Bind(absl::ToUnixMicros(time)).Bind(id).Run();
  });
}

absl::Status SqliteStore::DeleteSavedPlan(const std::string& id) {
  return writer_.Write([&](Database& database) -> absl::Status {
    for (const char* sql : {"DELETE FROM saved_plan_contents WHERE plan_id=?",
                            "DELETE FROM saved_plans WHERE id=?"}) {
      ASSIGN_OR_RETURN(Statement remove, database.Prepare(sql));
      RETURN_IF_ERROR(remove.Bind(id).Run());
    }
    return absl::OkStatus();
  });
}

absl::Status SqliteStore::DeleteSavedPlans(absl::Time before) {
  return writer_.Write([&](Database& database) -> absl::Status {
    for (const char* sql : {"DELETE FROM saved_plan_contents WHERE plan_id IN "
                            "(SELECT id FROM saved_plans WHERE expire_time<?)",
                            "DELETE FROM saved_plans WHERE expire_time<?"}) {
      ASSIGN_OR_RETURN(Statement remove, database.Prepare(sql));
      RETURN_IF_ERROR(remove.Bind(absl::ToUnixMicros(before)).Run());
    }
    return absl::OkStatus();
  });
}

}  // namespace wheelhouse::store

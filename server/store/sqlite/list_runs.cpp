#include "server/store/sqlite/list_runs.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <array>
#include <set>

#include "common/status_macros.h"
#include "server/store/sqlite/run_rows.h"

namespace wheelhouse::store {
namespace {

using Field = Condition::Field;

constexpr int kMostLookedAt = 20000;
constexpr char kAfterAllIds[] = "~";

std::string ConditionSql(const Condition& condition) {
  const char* compare = condition.equal ? "=" : "<>";
  const char* exists = condition.equal ? "EXISTS" : "NOT EXISTS";
  switch (condition.field) {
    case Field::kState:
      return absl::StrCat("state", compare, "CAST(? AS INTEGER)");
    case Field::kCluster:
      return absl::StrCat("cluster", compare, "?");
    case Field::kCaller:
      return absl::StrCat("caller", compare, "?");
    case Field::kPlan:
      return absl::StrCat("plan_name", compare, "?");
    case Field::kNamespace:
      return absl::StrCat(exists, "(SELECT 1 FROM run_namespaces WHERE run_id=id AND namespace=?)");
    case Field::kRelease:
      return absl::StrCat(exists, "(SELECT 1 FROM run_releases WHERE run_id=id AND release=?)");
  }
  return "0";
}

// Whether only runs that have not ended can match; there are few.
bool OnlyUnfinished(const Query& query) {
  for (const v1::RunState ended :
       {v1::RUN_STATE_SUCCEEDED, v1::RUN_STATE_FAILED, v1::RUN_STATE_CANCELLED}) {
    bool possible = true;
    for (const Condition& condition : query.conditions) {
      const bool same = condition.value == absl::StrCat(static_cast<int>(ended));
      if (condition.field == Field::kState && condition.equal != same) possible = false;
    }
    if (possible) return false;
  }
  return true;
}

// Where the walk is, by the condition that it follows.
struct Walk {
  Field field;
  const char* from_where;  // ends with the bound on the id
};

constexpr char kEverything[] = "runs WHERE id<? ORDER BY id DESC";
constexpr char kUnfinished[] =
    "runs INDEXED BY runs_unfinished WHERE end_time IS NULL AND id<? ORDER BY id DESC";
// Those that name the fewest runs first.
constexpr std::array kWalks = {
    Walk{Field::kRelease,
         "run_releases AS walked INDEXED BY run_releases_by_name CROSS JOIN runs ON "
         "id=walked.run_id WHERE walked.release=? AND walked.run_id<? ORDER BY walked.run_id DESC"},
    Walk{Field::kNamespace,
         "run_namespaces AS walked INDEXED BY run_namespaces_by_name CROSS JOIN runs ON "
         "id=walked.run_id WHERE walked.namespace=? AND walked.run_id<? "
         "ORDER BY walked.run_id DESC"},
    Walk{Field::kPlan, "runs INDEXED BY runs_by_plan WHERE plan_name=? AND id<? ORDER BY id DESC"},
    Walk{Field::kCaller, "runs INDEXED BY runs_by_caller WHERE caller=? AND id<? ORDER BY id DESC"},
    Walk{Field::kState,
         "runs INDEXED BY runs_by_state WHERE state=CAST(? AS INTEGER) AND id<? ORDER BY id DESC"},
    Walk{Field::kCluster,
         "runs INDEXED BY runs_by_cluster WHERE cluster=? AND id<? ORDER BY id DESC"},
};

}  // namespace

ListStatement StatementOf(const Query& query) {
  ListStatement statement;
  std::vector<std::string> wheres = {"1"};
  for (const Condition& condition : query.conditions) {
    wheres.push_back(ConditionSql(condition));
    statement.bound.push_back(condition.value);
  }
  const auto walk_of = [&]() -> const char* {
    if (OnlyUnfinished(query)) return kUnfinished;
    for (const Walk& walk : kWalks) {
      for (const Condition& condition : query.conditions) {
        if (condition.field != walk.field || !condition.equal) continue;
        statement.bound.push_back(condition.value);
        return walk.from_where;
      }
    }
    return kEverything;
  };
  statement.sql = absl::StrCat("SELECT ", kRowColumns, ", ", absl::StrJoin(wheres, " AND "),
                               " FROM ", walk_of());
  statement.bound.push_back(query.before_id.empty() ? kAfterAllIds : query.before_id);
  return statement;
}

absl::StatusOr<Page> ListRuns(Database& database, const Query& query) {
  const ListStatement statement = StatementOf(query);
  ASSIGN_OR_RETURN(Statement walk, database.Prepare(statement.sql));
  for (const std::string& value : statement.bound) walk.Bind(value);
  Page page;
  std::string last;
  for (int looked_at = 0; looked_at < kMostLookedAt; ++looked_at) {
    ASSIGN_OR_RETURN(const bool more, walk.Step());
    if (!more) return page;
    if (walk.Number(kRowWidth) != 0) {
      if (static_cast<int>(page.rows.size()) == query.limit) {
        page.next = page.rows.back().id;
        return page;
      }
      page.rows.push_back(RowFrom(walk));
    }
    last = walk.Text(0);
  }
  page.next = last;
  return page;
}

}  // namespace wheelhouse::store

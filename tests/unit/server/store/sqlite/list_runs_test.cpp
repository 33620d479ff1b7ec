// Each filter of ListRuns walks an index in the order of the answer: what it reads does not grow
// with the runs that it does not give.
#include "server/store/sqlite/list_runs.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>

#include "server/store/sqlite/queries.h"
#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

using Field = Condition::Field;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Condition State(v1::RunState state, bool equal = true) {
  return {Field::kState, equal, absl::StrCat(static_cast<int>(state))};
}

class ListRunsTest : public StoreTest {
 protected:
  ListRunsTest() { Open(); }
  // What SQLite says that it would do.
  std::string Plan(const std::vector<Condition>& conditions, const std::string& before_id = "") {
    Query query;
    query.conditions = conditions;
    query.before_id = before_id;
    const ListStatement statement = StatementOf(query);
    return Explain(statement.sql, statement.bound);
  }
  std::string Explain(const std::string& sql, const std::vector<std::string>& bound) {
    const auto file = File();
    Statement explain = *file->Prepare("EXPLAIN QUERY PLAN " + sql);
    for (const std::string& value : bound) explain.Bind(value);
    std::string plan;
    while (*explain.Step()) absl::StrAppend(&plan, explain.Text(3), "\n");
    return plan;
  }
  std::vector<std::string> Ids(const Page& page) {
    std::vector<std::string> ids;
    for (const RunRow& row : page.rows) ids.push_back(row.id);
    return ids;
  }
  Page List(const std::vector<Condition>& conditions, int limit, const std::string& before = "") {
    Query query;
    query.conditions = conditions;
    query.limit = limit;
    query.before_id = before;
    return *store_->List(query);
  }
};

TEST_F(ListRunsTest, EveryFilterSearchesItsIndexAndSortsNothing) {
  const std::vector<std::pair<Condition, std::string>> filters = {
      {{Field::kCluster, true, "prod"}, "INDEX runs_by_cluster (cluster=? AND id<?)"},
      {{Field::kCaller, true, "ci"}, "INDEX runs_by_caller (caller=? AND id<?)"},
      {{Field::kPlan, true, "shop"}, "INDEX runs_by_plan (plan_name=? AND id<?)"},
      {State(v1::RUN_STATE_FAILED), "INDEX runs_by_state (state=? AND id<?)"},
      {State(v1::RUN_STATE_QUEUED), "INDEX runs_unfinished"},
      {{Field::kNamespace, true, "demo"},
       "INDEX run_namespaces_by_name (namespace=? AND run_id<?)"},
      {{Field::kRelease, true, "web"}, "INDEX run_releases_by_name (release=? AND run_id<?)"},
  };
  for (const auto& [condition, index] : filters) {
    for (const char* before : {"", "0123"}) {
      const std::string plan = Plan({condition}, before);
      EXPECT_THAT(plan, HasSubstr(index));
      EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << index;
      EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << index;
    }
  }
}

TEST_F(ListRunsTest, WithoutAFilterOrWithOneThatExcludesItGoesByTheId) {
  for (const std::vector<Condition>& conditions : {std::vector<Condition>{},
                                                   {{Field::kCaller, false, "ci"}},
                                                   {{Field::kNamespace, false, "a"}},
                                                   {State(v1::RUN_STATE_FAILED, false)}}) {
    const std::string plan = Plan(conditions, "0123");
    EXPECT_THAT(plan, HasSubstr("SEARCH runs USING PRIMARY KEY (id<?)"));
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE")));
  }
}

TEST_F(ListRunsTest, OfSeveralConditionsTheOneThatNamesTheFewestIsFollowed) {
  const Condition cluster{Field::kCluster, true, "prod"}, release{Field::kRelease, true, "web"};
  EXPECT_THAT(Plan({cluster, release}), HasSubstr("run_releases_by_name"));
  EXPECT_THAT(Plan({release, cluster}), HasSubstr("run_releases_by_name"));
  EXPECT_THAT(Plan({release, State(v1::RUN_STATE_RUNNING)}), HasSubstr("runs_unfinished"));
  // As `wheelhouse queue` asks.
  EXPECT_THAT(Plan({State(v1::RUN_STATE_SUCCEEDED, false), State(v1::RUN_STATE_FAILED, false),
                    State(v1::RUN_STATE_CANCELLED, false)}),
              HasSubstr("runs_unfinished"));
}

TEST_F(ListRunsTest, TheOtherReadsSearchTheirIndicesAsWell) {
  const std::vector<std::pair<std::string, std::string>> reads = {
      {absl::StrCat("SELECT id", kFromUnfinished), "INDEX runs_unfinished"},
      {absl::StrCat("SELECT id", kFromRequest), "INDEX runs_by_request"},
      {absl::StrCat("SELECT id", kFromPlansToErase), "INDEX runs_to_erase"},
      {absl::StrCat("SELECT id", kFromEnded), "INDEX runs_by_end"},
      {absl::StrCat("SELECT first", kFromContents), "PRIMARY KEY (id=?)"},
      {kIntention, "INDEX journal_by_intention (chart=? AND intended_revision"},
      {kKeptBesides, "INDEX runs_with_values (caller=?)"},
      {kKeptBesides, "INDEX sqlite_autoindex_kept_1 (run_id=?)"},
  };
  for (const auto& [sql, index] : reads) {
    const std::string plan = Explain(sql, {});
    EXPECT_THAT(plan, HasSubstr(index)) << sql;
    // In full only the short index of those that have not ended.
    if (index != "INDEX runs_unfinished") EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << sql;
  }
}

TEST_F(ListRunsTest, EveryConditionHolds) {
  Create("r1", "prod");
  Create("r2", "test");
  Create("r3", "prod");
  End("r3");
  const Condition prod{Field::kCluster, true, "prod"}, not_prod{Field::kCluster, false, "prod"};
  const Condition demo{Field::kNamespace, true, "demo"}, not_demo{Field::kNamespace, false, "demo"};
  EXPECT_THAT(Ids(List({}, 9)), ElementsAre("r3", "r2", "r1"));
  EXPECT_THAT(Ids(List({prod, demo}, 9)), ElementsAre("r3", "r1"));
  EXPECT_THAT(Ids(List({prod, not_prod}, 9)), ElementsAre());
  EXPECT_THAT(Ids(List({not_demo}, 9)), ElementsAre());
  EXPECT_THAT(Ids(List({prod, State(v1::RUN_STATE_QUEUED)}, 9)), ElementsAre("r1"));
  EXPECT_THAT(Ids(List({State(v1::RUN_STATE_QUEUED), State(v1::RUN_STATE_FAILED)}, 9)),
              ElementsAre());
  EXPECT_THAT(Ids(List({{Field::kRelease, true, "demo/web"}, not_prod}, 9)), ElementsAre("r2"));
}

TEST_F(ListRunsTest, PagesJoinWithoutAGapAndTheLastSaysSo) {
  for (int i = 0; i < 7; ++i) Create(absl::StrCat("r", i), i % 2 == 0 ? "prod" : "test");
  const Condition prod{Field::kCluster, true, "prod"};
  Page page = List({prod}, 2);
  EXPECT_THAT(Ids(page), ElementsAre("r6", "r4"));
  page = List({prod}, 2, page.next);
  EXPECT_THAT(Ids(page), ElementsAre("r2", "r0"));
  EXPECT_EQ(page.next, "");
}

TEST_F(ListRunsTest, ACallLooksAtSoManyRunsOnlyAndTheNextGoesOnFromThere) {
  ASSERT_TRUE(File()
                  ->Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE "
                            "i<30000) INSERT INTO runs SELECT printf('%08d', i), 'ci', '', '', "
                            "'shop', 'prod', 3, 0, 0, 5, 1, 1, 0 FROM n")
                  .ok());
  ASSERT_TRUE(File()->Execute("UPDATE runs SET caller='rare' WHERE id='00000007'").ok());
  const Condition rare{Field::kCaller, false, "ci"};
  Page page = List({rare}, 10);
  EXPECT_TRUE(page.rows.empty());
  ASSERT_NE(page.next, "");
  page = List({rare}, 10, page.next);
  EXPECT_THAT(Ids(page), ElementsAre("00000007"));
  EXPECT_EQ(page.next, "");
}

}  // namespace
}  // namespace wheelhouse::store

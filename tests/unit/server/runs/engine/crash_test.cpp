// Runs that kill the daemon when they are taken up. A death is what it leaves: a store with counts,
// on which the next daemon starts.
#include <gmock/gmock.h>

#include <thread>

#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class CrashTest : public EngineTest {
 protected:
  // The daemon dies: what it has not written is gone, what it counted is not cleared.
  void Die() {
    std::map<std::string, int> counts;
    const std::vector<store::RunRow> rows = *store_->Unfinished();
    for (const store::RunRow& row : rows) counts[row.id] = row.taken_up;
    Stop();
    store_ = *store::SealedStore::Open(directory_ + "/key", *store::SqliteStore::Open(directory_));
    std::vector<TakenUp> taken_up;
    for (const auto& [id, count] : counts) taken_up.push_back({id, count});
    EXPECT_TRUE(WriteTakenUp(*store_, taken_up).ok());
    store_.reset();
  }
  int TakenUpOf(const std::string& id) { return (*store_->Load(id))->row.taken_up; }
  void AwaitCleared(const std::string& id) {
    while (TakenUpOf(id) > 0) std::this_thread::yield();
  }
  // A run that is running, of which the daemon has died `deaths` times since.
  std::string RunningSince(int deaths, const std::vector<std::string>& charts) {
    const std::string id = Create(charts);
    for (const std::string& chart : charts) lifecycle_.AwaitRunning(chart);
    CountDeaths(id, deaths);
    return id;
  }
  void CountDeaths(const std::string& id, int deaths) {
    ASSERT_TRUE(WriteTakenUp(*store_, {{id, deaths}}).ok());
    counted_[id] = deaths;
  }
  void DieWithCounts() {
    for (const auto& [id, deaths] : counted_)
      ASSERT_TRUE(WriteTakenUp(*store_, {{id, deaths}}).ok());
    counted_.clear();
    Die();
  }
  // As text: what the run has left of which releases.
  static std::vector<std::string> LeftOf(const v1::Failure& failure) {
    std::vector<std::string> left;
    for (const v1::LeftChanged& one : failure.left_changed())
      left.push_back(one.kind() + " " + one.name());
    return left;
  }
  // Makes bytes of the run unreadable: its `column` in `table`.
  void Damage(const std::string& table, const std::string& set, const std::string& where) {
    const auto file = *store::Database::Open(directory_ + "/runs.db", false);
    ASSERT_TRUE(file->Execute("UPDATE " + table + " SET " + set + " = x'00' WHERE " + where).ok());
  }

 private:
  std::map<std::string, int> counted_;
};

TEST_F(CrashTest, ARunThatIsTakenUpIsCountedUntilItGetsFurther) {
  const std::string id = RunningSince(0, {"demo/a", "demo/b"});
  Die();
  Start();
  lifecycle_.AwaitStarts(4);
  EXPECT_EQ(TakenUpOf(id), 1);
  lifecycle_.End("demo/a");
  AwaitCleared(id);
  lifecycle_.End("demo/b");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(CrashTest, AQueuedRunIsCountedOnlyWhileItIsRead) {
  Create({"demo/a"});
  lifecycle_.AwaitRunning("demo/a");
  const std::string queued = Create({"demo/b"});
  Die();
  Start();
  EXPECT_EQ(TakenUpOf(queued), 0);
}

TEST_F(CrashTest, AnOrderlyStopIsNoDeath) {
  const std::string id = RunningSince(0, {"demo/a"});
  for (int i = 0; i < kMostTakeUps + 2; ++i) {
    Restart();
    lifecycle_.AwaitRunning("demo/a");
    EXPECT_EQ(TakenUpOf(id), 1);
  }
  lifecycle_.End("demo/a");
  EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(CrashTest, AfterThreeDeathsTheRunIsGivenUpAndItsReleaseIsLeftForPeople) {
  v1::CreateRunRequest request = Request({"demo/db", "other/web"});
  request.mutable_plan()->mutable_charts(1)->add_depends_on("db");
  const std::string id = Create(request);
  lifecycle_.AwaitRunning("demo/db");
  const std::string behind = Create({"demo/later"});
  CountDeaths(id, kMostTakeUps);
  DieWithCounts();
  Start();
  const v1::Run run = *engine_->Get(id, By("tester"));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "DAEMON_CRASHED");
  EXPECT_THAT(LeftOf(run.failure()), ElementsAre("Release demo/db"));
  EXPECT_EQ(run.charts(0).state(), v1::STATE_FAILED);
  EXPECT_EQ(run.charts(1).state(), v1::STATE_SKIPPED);
  lifecycle_.AwaitRunning("demo/later");
  lifecycle_.End("demo/later");
  EXPECT_EQ(Ended(behind).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_THAT(lifecycle_.started(), ElementsAre("demo/db", "demo/later"));
}

TEST_F(CrashTest, WhereEvenItsPictureKillsOnlyItsRowIsLookedAt) {
  const std::string id = RunningSince(kMostTakeUps + 1, {"demo/web"});
  DieWithCounts();
  Damage("contents", "first", "run_id='" + id + "'");
  Start();
  const v1::Run run = *engine_->Get(id, By("tester"));
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "DAEMON_CRASHED");
  EXPECT_THAT(LeftOf(run.failure()), ElementsAre("Release demo/web"));
}

TEST_F(CrashTest, SuspectsGoOnOneAfterTheOtherAndTheOthersAtOnce) {
  const std::string worst = RunningSince(2, {"a/web"});
  const std::string suspect = RunningSince(1, {"b/web"});
  const std::string fresh = RunningSince(0, {"c/web"});
  DieWithCounts();
  Start();
  lifecycle_.AwaitStarts(5);
  const std::vector<std::string> started = lifecycle_.started();
  EXPECT_THAT(std::vector(started.begin() + 3, started.end()),
              UnorderedElementsAre("b/web", "c/web"));
  EXPECT_EQ(TakenUpOf(fresh), 1);
  EXPECT_EQ(TakenUpOf(suspect), 2);
  EXPECT_EQ(TakenUpOf(worst), 2) << "its turn has not come";
  lifecycle_.End("b/web");
  lifecycle_.AwaitRunning("a/web");
  EXPECT_EQ(TakenUpOf(worst), 3);
  lifecycle_.End("a/web");
  EXPECT_EQ(Ended(worst).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(Ended(suspect).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(CrashTest, WhileASuspectWaitsForItsTurnNobodyGetsItsKeysAndItCanBeCancelled) {
  RunningSince(1, {"a/web"});
  const std::string waiting = RunningSince(2, {"b/web"});
  DieWithCounts();
  Start();
  lifecycle_.AwaitRunning("a/web");
  const std::string behind = Create({"b/web"});
  EXPECT_EQ(Place(behind).position(), 1);
  ASSERT_TRUE(engine_->Cancel(waiting, false, By("ann")).ok());
  lifecycle_.End("a/web");
  EXPECT_EQ(Ended(waiting).state(), v1::RUN_STATE_CANCELLED);
}

TEST_F(CrashTest, DamagedRowsEndTheirRunsAndTheOthersAreTakenUp) {
  const std::string plan = RunningSince(0, {"a/web"});
  const std::string event = RunningSince(0, {"b/web"});
  const std::string last_event = RunningSince(0, {"c/web"});
  const std::string whole = RunningSince(0, {"d/web"});
  Die();
  Damage("contents", "plan", "run_id='" + plan + "'");
  Damage("events", "event", "run_id='" + event + "' AND sequence=1");
  Damage("events", "event",
         "run_id='" + last_event +
             "' AND sequence=(SELECT max(sequence) FROM events WHERE run_id='" + last_event + "')");
  Start();
  for (const std::string& id : {plan, event, last_event}) {
    const v1::Run run = *engine_->Get(id, By("tester"));
    EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED) << id;
    EXPECT_EQ(run.failure().reason(), "INTERRUPTED");
    EXPECT_EQ(LeftOf(run.failure()).size(), 1u);
  }
  lifecycle_.AwaitRunning("d/web");
  lifecycle_.End("d/web");
  EXPECT_EQ(Ended(whole).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(CrashTest, APlanThatIsDamagedAfterItsRunWasTakenUpFailsTheRunAndNothingElse) {
  options_.max_parallel_charts = 1;
  Restart();
  Create({"a/web"});
  lifecycle_.AwaitRunning("a/web");
  const std::string queued = Create({"b/web"});
  Damage("contents", "plan", "run_id='" + queued + "'");
  lifecycle_.End("a/web");
  const v1::Run run = Ended(queued);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.charts(0).failure().reason(), "PLAN_ERASED");
}

}  // namespace
}  // namespace wheelhouse::runs

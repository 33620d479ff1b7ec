// A store of every older schema becomes one of the newest, with all that stands in it. The schemas
// stand here as they were, so that a changed migration cannot go unseen.
#include "tests/unit/server/store/store_fixture.h"
#include "tests/unit/server/store/third_schema.h"

namespace wheelhouse::store {
namespace {

constexpr char kFirst[] = R"sql(
CREATE TABLE runs(
  id TEXT PRIMARY KEY,
  caller TEXT NOT NULL,
  request_id TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  plan_name TEXT NOT NULL,
  cluster TEXT NOT NULL,
  state INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  plan BLOB NOT NULL,
  plan_erased INTEGER NOT NULL DEFAULT 0,
  first BLOB NOT NULL,
  last BLOB
) WITHOUT ROWID;
CREATE INDEX runs_by_request ON runs(caller, request_id, create_time);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_to_erase ON runs(end_time) WHERE plan_erased = 0;
CREATE TABLE run_namespaces(
  namespace TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY(run_id, namespace)
) WITHOUT ROWID;
CREATE INDEX run_namespaces_by_name ON run_namespaces(namespace, run_id);
CREATE TABLE run_releases(
  release TEXT NOT NULL,
  run_id TEXT NOT NULL,
  PRIMARY KEY(run_id, release)
) WITHOUT ROWID;
CREATE INDEX run_releases_by_name ON run_releases(release, run_id);
CREATE TABLE events(
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  event BLOB NOT NULL,
  PRIMARY KEY(run_id, sequence)
) WITHOUT ROWID;
CREATE TABLE journal(
  run_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  chart TEXT NOT NULL,
  stage INTEGER NOT NULL,
  step_index INTEGER NOT NULL,
  step TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state INTEGER NOT NULL,
  intended_revision INTEGER NOT NULL,
  baseline_revision INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY(run_id, sequence)
) WITHOUT ROWID;
)sql";

constexpr char kSecond[] = R"sql(
CREATE TABLE kept(
  run_id TEXT NOT NULL,
  chart TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run_id, chart, name)
) WITHOUT ROWID;
CREATE INDEX journal_by_intention ON journal(chart, intended_revision) WHERE intended_revision > 0;
)sql";

// What a store of the seventh schema does not have.
constexpr char kWithoutSavedPlans[] = "DROP TABLE saved_plans; DROP TABLE saved_plan_contents";

class MigrationTest : public StoreTest {
 protected:
  // A run as a daemon of the first schema wrote it, and its fingerprint.
  void WriteRun(Database& file, const Sealer& sealer, const std::string& id, v1::RunState state) {
    v1::Plan plan;
    plan.set_name("shop");
    v1::Run run;
    run.set_id(id);
    run.set_caller("tester");
    v1::RunEvent event;
    event.set_run_id(id);
    event.set_sequence(1);
    const auto seal = [&](const std::string& bytes, const std::string& what, int sequence) {
      return *sealer.Seal(bytes, what + "/" + id + "/" + std::to_string(sequence));
    };
    Statement row = *file.Prepare(
        "INSERT INTO runs(id, caller, request_id, request_digest, plan_name, cluster, state, "
        "sequence, create_time, end_time, plan, plan_erased, first, last) "
        "VALUES(?,'tester',?,'digest','shop','prod',?,1,1000000,?,?,0,?,?)");
    row.Bind(id).Bind("request of " + id).Bind(int64_t{state});
    row.Bind(int64_t{2000000});
    row.BindBlob(seal(plan.SerializeAsString(), "plan", 0));
    row.BindBlob(seal(run.SerializeAsString(), "first", 0));
    row.BindBlob(seal(run.SerializeAsString(), "last", 0));
    ASSERT_TRUE(row.Run().ok());
    ASSERT_TRUE(file.Execute("UPDATE runs SET end_time=NULL, last=NULL WHERE state=1").ok());
    Statement name =
        *file.Prepare("INSERT INTO run_namespaces(namespace, run_id) VALUES('demo',?)");
    ASSERT_TRUE(name.Bind(id).Run().ok());
    Statement release =
        *file.Prepare("INSERT INTO run_releases(release, run_id) VALUES('demo/web',?)");
    ASSERT_TRUE(release.Bind(id).Run().ok());
    Statement told = *file.Prepare("INSERT INTO events(run_id, sequence, event) VALUES(?,1,?)");
    told.Bind(id).BindBlob(seal(event.SerializeAsString(), "event", 1));
    ASSERT_TRUE(told.Run().ok());
    Statement note =
        *file.Prepare("INSERT INTO journal VALUES(?,1,'demo/web',3,0,'helm',1,2,7,6,?,?)");
    note.Bind(id).BindBlob(seal("print of " + id, "fingerprint", 1));
    ASSERT_TRUE(note.BindBlob(seal("memory of " + id, "memory", 1)).Run().ok());
  }

  // What WriteRun wrote of two runs is there, by every way in.
  void ExpectAll() {
    Open();
    const auto ended = *store_->Load("r1");
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->row.caller, (Principal{"tester", KnownBy::kUnknown}));
    EXPECT_EQ(ended->row.plan_name, "shop");
    EXPECT_EQ(ended->row.cluster, "prod");
    EXPECT_EQ(ended->row.sequence, 1);
    EXPECT_EQ(ended->row.state, v1::RUN_STATE_FAILED);
    EXPECT_EQ(ended->row.create_time, absl::FromUnixSeconds(1));
    EXPECT_EQ(ended->row.end_time, absl::FromUnixSeconds(2));
    EXPECT_FALSE(ended->row.plan_erased);
    EXPECT_EQ(Parse<v1::Run>(ended->first)->id(), "r1");
    EXPECT_EQ(Parse<v1::Run>(ended->last)->id(), "r1");
    EXPECT_EQ(Parse<v1::Plan>(*store_->LoadPlan("r1"))->name(), "shop");
    EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 1u);
    EXPECT_EQ((*store_->NewestMemory("r1", "demo/web"))->bytes, "memory of r1");
    EXPECT_EQ(*store_->FindIntention("prod", "demo/web", 7), "r2");
    EXPECT_EQ((*store_->FindRequest({"tester"}, "request of r1", absl::UnixEpoch()))->id, "r1");
    EXPECT_EQ(store_->PlansToErase(absl::Now())->size(), 1u);
    const auto unfinished = *store_->Unfinished();
    ASSERT_EQ(unfinished.size(), 1u);
    EXPECT_EQ(unfinished[0].id, "r2");
    EXPECT_FALSE((*store_->Load("r2"))->last.has_value());
    Query query;
    query.conditions = {{Condition::Field::kNamespace, true, "demo"},
                        {Condition::Field::kRelease, true, "demo/web"}};
    EXPECT_EQ(store_->List(query)->rows.size(), 2u);
    WriteEvents("r2", 2, 2);
    End("r2");
    EXPECT_EQ(*store_->Prune("r1", 100), true);
    Open();
    EXPECT_FALSE(store_->Load("r1")->has_value());
    EXPECT_EQ((*store_->Load("r2"))->row.sequence, 2);
  }
};

TEST_F(MigrationTest, FromTheFirst) {
  const auto sealer = *Sealer::FromFile(directory_ + "/key");
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute("PRAGMA journal_mode=WAL").ok());
    ASSERT_TRUE(file->Execute(kFirst).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=1").ok());
    WriteRun(*file, *sealer, "r1", v1::RUN_STATE_FAILED);
    WriteRun(*file, *sealer, "r2", v1::RUN_STATE_QUEUED);
  }
  ExpectAll();
}

TEST_F(MigrationTest, FromTheSecond) {
  const auto sealer = *Sealer::FromFile(directory_ + "/key");
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute("PRAGMA journal_mode=WAL").ok());
    ASSERT_TRUE(file->Execute(kFirst).ok());
    ASSERT_TRUE(file->Execute(kSecond).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=2").ok());
    WriteRun(*file, *sealer, "r1", v1::RUN_STATE_FAILED);
    WriteRun(*file, *sealer, "r2", v1::RUN_STATE_QUEUED);
    Statement kept = *file->Prepare("INSERT INTO kept VALUES('r2','demo/web','adopted',?)");
    kept.BindBlob(*sealer->Seal("an object", "kept/r2/demo/web/adopted"));
    ASSERT_TRUE(kept.Run().ok());
  }
  Open();
  EXPECT_EQ(*store_->Kept("r2", "demo/web", "adopted"), "an object");
  ExpectAll();
}

TEST_F(MigrationTest, FromTheThird) {
  {
    ThirdSchema old(directory_);
    v1::Plan plan;
    plan.set_name("shop");
    for (const auto& [id, state] :
         {std::pair("r1", v1::RUN_STATE_FAILED), std::pair("r2", v1::RUN_STATE_QUEUED)}) {
      v1::Run run;
      run.set_id(id);
      old.Write(run, plan, state, std::vector<v1::RunEvent>(1), absl::StrCat("memory of ", id));
    }
    Statement kept = *old.file().Prepare("INSERT INTO kept VALUES('r2','demo/web','adopted',?)");
    ASSERT_TRUE(kept.BindBlob(old.Seal("an object", "kept/r2/demo/web/adopted")).Run().ok());
    Statement pruned =
        *old.file().Prepare("INSERT INTO intentions VALUES('prod','demo/web','r0',5,3,2000000,?)");
    ASSERT_TRUE(pruned.BindBlob(old.Seal("print", "fingerprint/r0/3")).Run().ok());
  }
  Open();
  EXPECT_EQ(*store_->Kept("r2", "demo/web", "adopted"), "an object");
  EXPECT_EQ(*store_->FindIntention("prod", "demo/web", 5), "r0");
  ExpectAll();
}

TEST_F(MigrationTest, CallersNamesSayHowTheyAreKnown) {
  Open();
  store_.reset();
  auto file = File();
  for (const auto& [id, name, known_by] :
       {std::tuple("r1", "ops", 1), std::tuple("r2", "ci", 2), std::tuple("r3", "old", 0)}) {
    Statement insert = *file->Prepare(
        "INSERT INTO runs(id, caller, request_id, request_digest, plan_name, cluster, state, "
        "sequence, create_time, caller_known_by) VALUES(?, ?, 'q', '', '', 'prod', 1, 0, 5, ?)");
    ASSERT_TRUE(insert.Bind(id).Bind(name).Bind(int64_t{known_by}).Run().ok());
  }
  ASSERT_TRUE(file->Execute(kWithoutSavedPlans).ok());
  ASSERT_TRUE(file->Execute("PRAGMA user_version=6").ok());
  file.reset();
  Open();
  const store::Page page = *store_->List({});
  ASSERT_EQ(page.rows.size(), 3u);
  EXPECT_EQ(page.rows[2].caller, (Principal{"unix:ops", KnownBy::kUnixSocket}));
  EXPECT_EQ(page.rows[1].caller, (Principal{"tls:ci", KnownBy::kCertificate}));
  EXPECT_EQ(page.rows[0].caller, (Principal{"old", KnownBy::kUnknown}));
  EXPECT_TRUE(store_->FindRequest({"unix:ops"}, "q", absl::UnixEpoch())->has_value());
}

TEST_F(MigrationTest, ARunOfAStoreThatCountedNothingWasNeverTakenUp) {
  Open();
  Create("r1");
  store_.reset();
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute("ALTER TABLE runs DROP COLUMN taken_up; DROP TABLE age_time").ok());
    ASSERT_TRUE(file->Execute(kWithoutSavedPlans).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=4").ok());
  }
  Open();
  ASSERT_EQ(store_->Unfinished()->size(), 1u);
  EXPECT_EQ(store_->Unfinished()->at(0).taken_up, 0);
  EXPECT_EQ(*store_->AgeTime(), std::nullopt);
}

TEST_F(MigrationTest, AStoreWithoutSavedPlansGetsRoomForThem) {
  Open();
  Create("r1");
  store_.reset();
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute(kWithoutSavedPlans).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=7").ok());
  }
  Open();
  EXPECT_TRUE(store_->Load("r1")->has_value());
  SavedPlanRow plan;
  plan.id = "p1";
  ASSERT_TRUE(store_->PutSavedPlan(plan, "contents").ok());
  EXPECT_EQ((*store_->LoadSavedPlan("p1"))->contents, "contents");
}

TEST_F(MigrationTest, AMigratedStoreIsTheSameAsANewOne) {
  const auto tables = [this] {
    const auto file = File();
    Statement list = *file->Prepare(
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
    EXPECT_TRUE(list.Run().ok());
    return list.Text(0);
  };
  Open();
  const std::string made = tables();
  store_.reset();
  std::filesystem::remove_all(directory_);
  std::filesystem::create_directory(directory_);
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute(kFirst).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=1").ok());
  }
  Open();
  EXPECT_EQ(tables(), made);
}

TEST_F(MigrationTest, ItsFileCanShrinkAfterwards) {
  {
    const auto file = File();
    ASSERT_TRUE(file->Execute(kFirst).ok());
    ASSERT_TRUE(file->Execute("PRAGMA user_version=1").ok());
  }
  Open();
  const auto file = File();
  Statement asked = *file->Prepare("PRAGMA auto_vacuum");
  ASSERT_TRUE(asked.Run().ok());
  EXPECT_EQ(asked.Number(0), 2) << "incremental";
}

}  // namespace
}  // namespace wheelhouse::store

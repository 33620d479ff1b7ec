// A state directory as a daemon of the third schema left it: by the SQL and the sealing of that
// daemon. It stands here as it was, so that neither can change unseen.
#pragma once

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/store/sealed/sealer.h"
#include "server/store/sqlite/database.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/plan.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::store {

inline constexpr char kThirdSchema[] = R"sql(
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
CREATE TABLE kept(
  run_id TEXT NOT NULL,
  chart TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(run_id, chart, name)
) WITHOUT ROWID;
CREATE INDEX journal_by_intention ON journal(chart, intended_revision) WHERE intended_revision > 0;
CREATE TABLE contents(
  run_id TEXT PRIMARY KEY NOT NULL,
  plan BLOB NOT NULL,
  first BLOB NOT NULL,
  last BLOB
);
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
  plan_erased INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX runs_by_request ON runs(caller, request_id, create_time);
CREATE INDEX runs_by_caller ON runs(caller, id);
CREATE INDEX runs_by_cluster ON runs(cluster, id);
CREATE INDEX runs_by_plan ON runs(plan_name, id);
CREATE INDEX runs_by_state ON runs(state, id);
CREATE INDEX runs_unfinished ON runs(id) WHERE end_time IS NULL;
CREATE INDEX runs_by_end ON runs(end_time) WHERE end_time IS NOT NULL;
CREATE INDEX runs_to_erase ON runs(end_time) WHERE plan_erased = 0;
CREATE TABLE intentions(
  cluster TEXT NOT NULL,
  chart TEXT NOT NULL,
  run_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  end_time INTEGER NOT NULL,
  fingerprint BLOB NOT NULL,
  PRIMARY KEY(cluster, chart, run_id, revision)
) WITHOUT ROWID;
CREATE INDEX intentions_by_end ON intentions(end_time);
)sql";

class ThirdSchema {
 public:
  explicit ThirdSchema(const std::string& directory)
      : sealer_(*Sealer::FromFile(directory + "/key")),
        file_(*Database::Open(directory + "/runs.db", false)) {
    EXPECT_TRUE(file_->Execute("PRAGMA journal_mode=WAL").ok());
    EXPECT_TRUE(file_->Execute("PRAGMA auto_vacuum=INCREMENTAL").ok());
    EXPECT_TRUE(file_->Execute(kThirdSchema).ok());
    EXPECT_TRUE(file_->Execute("PRAGMA user_version=3").ok());
  }
  Database& file() { return *file_; }
  std::string Seal(const std::string& bytes, const std::string& place) {
    return *sealer_->Seal(bytes, place);
  }

  // A run on `prod` with events 1, 2 ...; the last of them has a journal row of demo/web that
  // intends revision 7 and remembers `memory`. One that has ended ended at second 2.
  void Write(const v1::Run& first, const v1::Plan& plan, v1::RunState state,
             std::vector<v1::RunEvent> events, const std::string& memory) {
    const std::string& id = first.id();
    const auto seal = [&](const google::protobuf::Message& message, const std::string& what,
                          size_t sequence = 0) {
      return Seal(message.SerializeAsString(), absl::StrCat(what, "/", id, "/", sequence));
    };
    const bool ended = state != v1::RUN_STATE_QUEUED && state != v1::RUN_STATE_RUNNING;
    Statement row = *file_->Prepare(
        "INSERT INTO runs(id, caller, request_id, request_digest, plan_name, cluster, state, "
        "sequence, create_time) VALUES(?,'tester',?,'digest','shop','prod',?,?,1000000)");
    row.Bind(id).Bind("request of " + id).Bind(int64_t{state});
    EXPECT_TRUE(row.Bind(static_cast<int64_t>(events.size())).Run().ok());
    Statement contents = *file_->Prepare("INSERT INTO contents(run_id, plan, first) VALUES(?,?,?)");
    contents.Bind(id).BindBlob(seal(plan, "plan")).BindBlob(seal(first, "first"));
    EXPECT_TRUE(contents.Run().ok());
    if (ended) {
      Statement last = *file_->Prepare("UPDATE contents SET last=? WHERE run_id=?");
      EXPECT_TRUE(last.BindBlob(seal(first, "last")).Bind(id).Run().ok());
      Statement end = *file_->Prepare("UPDATE runs SET end_time=2000000 WHERE id=?");
      EXPECT_TRUE(end.Bind(id).Run().ok());
    }
    for (const char* name : {"INSERT INTO run_namespaces(namespace, run_id) VALUES('demo',?)",
                             "INSERT INTO run_releases(release, run_id) VALUES('demo/web',?)"}) {
      Statement insert = *file_->Prepare(name);
      EXPECT_TRUE(insert.Bind(id).Run().ok());
    }
    for (size_t i = 1; i <= events.size(); ++i) {
      events[i - 1].set_sequence(static_cast<int64_t>(i));
      Statement event =
          *file_->Prepare("INSERT INTO events(run_id, sequence, event) VALUES(?,?,?)");
      event.Bind(id).Bind(static_cast<int64_t>(i));
      EXPECT_TRUE(event.BindBlob(seal(events[i - 1], "event", i)).Run().ok());
    }
    Statement note =
        *file_->Prepare("INSERT INTO journal VALUES(?,?,'demo/web',3,0,'helm',1,2,7,6,?,?)");
    note.Bind(id).Bind(static_cast<int64_t>(events.size()));
    note.BindBlob(Seal("print", absl::StrCat("fingerprint/", id, "/", events.size())));
    note.BindBlob(Seal(memory, absl::StrCat("memory/", id, "/", events.size())));
    EXPECT_TRUE(note.Run().ok());
  }

 private:
  const std::unique_ptr<Sealer> sealer_;
  const std::unique_ptr<Database> file_;
};

}  // namespace wheelhouse::store

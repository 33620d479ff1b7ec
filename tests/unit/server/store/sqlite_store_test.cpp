#include "server/store/sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/failure.h"

namespace wheelhouse::store {
namespace {

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    char name[] = "/tmp/wheelhouse-store-XXXXXX";
    directory_ = mkdtemp(name);
    store_ = *SqliteStore::Open(directory_);
  }
  ~SqliteStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Reopen() {
    store_.reset();
    store_ = *SqliteStore::Open(directory_);
  }
  absl::Status Create(const std::string& id, const std::string& request_id = "") {
    RunRow row;
    row.id = id;
    row.caller = "tester";
    row.request_id = request_id;
    row.cluster = "prod";
    row.create_time = absl::Now();
    row.namespaces = {"demo"};
    v1::Plan plan;
    plan.add_charts()->add_values()->set_value("a very secret value");
    v1::Run first;
    first.set_id(id);
    return store_->CreateRun(row, plan, first, absl::Now() - absl::Hours(24));
  }
  static JournalledEvent Line(int64_t sequence) {
    JournalledEvent entry;
    entry.event.set_sequence(sequence);
    entry.event.mutable_log()->set_line("a very secret value");
    return entry;
  }
  absl::Status Write(Append append) {
    Mutex mutex;
    CondVar done;
    std::optional<absl::Status> result;
    store_->AppendAsync(std::move(append), [&](const absl::Status& status) {
      MutexLock lock(&mutex);
      result = status;
      done.NotifyAll();
    });
    MutexLock lock(&mutex);
    while (!result.has_value()) done.Wait(&mutex);
    return *result;
  }
  absl::Status WriteEvent(const std::string& id, int64_t sequence) {
    Append append;
    append.run_id = id;
    append.events.push_back(Line(sequence));
    return Write(std::move(append));
  }
  std::string directory_;
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteStoreTest, WhatWasWrittenIsThereAfterARestart) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  Reopen();
  const auto run = *store_->Load("r1");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->row.sequence, 1);
  EXPECT_EQ((*store_->LoadPlan("r1"))->charts_size(), 1);
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 1u);
  EXPECT_EQ(store_->Unfinished()->size(), 1u);
}

TEST_F(SqliteStoreTest, AnEventThatDoesNotFollowTheNewestIsRefused) {
  ASSERT_TRUE(Create("r1").ok());
  EXPECT_TRUE(absl::IsAborted(WriteEvent("r1", 2)));
  EXPECT_TRUE(WriteEvent("r1", 1).ok());
  EXPECT_TRUE(absl::IsAborted(WriteEvent("r1", 1)));
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 1u);
}

TEST_F(SqliteStoreTest, AStateIsChangedOnlyFromTheStateThatWasSeen) {
  ASSERT_TRUE(Create("r1").ok());
  Append append;
  append.run_id = "r1";
  append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_RUNNING};
  append.events.push_back(Line(1));
  EXPECT_TRUE(Write(append).ok());
  append.events[0] = Line(2);
  EXPECT_TRUE(absl::IsAborted(Write(append)));
  EXPECT_EQ((*store_->Load("r1"))->row.sequence, 1);
}

TEST_F(SqliteStoreTest, ARefusedAppendTakesNoOtherOfItsGroupWithIt) {
  ASSERT_TRUE(Create("r1").ok());
  Mutex mutex;
  CondVar changed;
  std::vector<bool> results;
  for (const int64_t sequence : {1, 7, 2, 3}) {
    Append append;
    append.run_id = "r1";
    append.events.push_back(Line(sequence));
    store_->AppendAsync(std::move(append), [&](const absl::Status& status) {
      MutexLock lock(&mutex);
      results.push_back(status.ok());
      changed.NotifyAll();
    });
  }
  MutexLock lock(&mutex);
  while (results.size() < 4) changed.Wait(&mutex);
  EXPECT_EQ(results, (std::vector<bool>{true, false, true, true}));
}

TEST_F(SqliteStoreTest, OneRequestIdOfOneCallerIsStoredOnce) {
  ASSERT_TRUE(Create("r1", "id").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("r2", "id")));
  EXPECT_TRUE(Create("r3", "other").ok());
  EXPECT_EQ((*store_->FindRequest("tester", "id", absl::UnixEpoch()))->id, "r1");
  EXPECT_FALSE(store_->FindRequest("another", "id", absl::UnixEpoch())->has_value());
}

TEST_F(SqliteStoreTest, WhatWasDurableSurvivesKill9InTheMiddleOfAnAppend) {
  ASSERT_TRUE(Create("r1").ok());
  store_.reset();  // no thread and no lock may be there when this process forks
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    store_ = *SqliteStore::Open(directory_);
    for (int64_t sequence = 1; WriteEvent("r1", sequence).ok(); ++sequence) {
      if (write(told[1], &sequence, sizeof(sequence)) != sizeof(sequence)) break;
    }
    _exit(1);
  }
  ASSERT_GT(child, 0);
  close(told[1]);
  int64_t durable = 0;
  while (durable < 20 && read(told[0], &durable, sizeof(durable)) == sizeof(durable)) {
  }
  kill(child, SIGKILL);
  while (read(told[0], &durable, sizeof(durable)) == sizeof(durable)) {
  }
  close(told[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << status;

  store_ = *SqliteStore::Open(directory_);
  const int64_t newest = (*store_->Load("r1"))->row.sequence;
  EXPECT_GE(newest, durable);
  EXPECT_LE(newest, durable + 1) << "the one that was under way may be there or not";
  const auto events = *store_->Events("r1", 0, 100000);
  ASSERT_EQ(static_cast<int64_t>(events.size()), newest);
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence(), static_cast<int64_t>(i) + 1);
  }
  EXPECT_TRUE(WriteEvent("r1", newest + 1).ok());
}

TEST_F(SqliteStoreTest, ARequestIdMayBeUsedAgainAfterItsTime) {
  ASSERT_TRUE(Create("r1", "id").ok());
  EXPECT_FALSE(store_->FindRequest("tester", "id", absl::Now() + absl::Seconds(1))->has_value());
}

TEST_F(SqliteStoreTest, NoSecretStandsInClearOnTheDisk) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(bytes.find("secret"), std::string::npos) << entry.path();
    struct stat mode{};
    ASSERT_EQ(stat(entry.path().c_str(), &mode), 0);
    EXPECT_EQ(mode.st_mode & 077, 0u) << entry.path();
  }
}

TEST_F(SqliteStoreTest, WithoutItsKeyHistoryKeepsItsClearPart) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  store_.reset();
  std::filesystem::remove(directory_ + "/key");
  store_ = *SqliteStore::Open(directory_);
  const auto run = *store_->Load("r1");
  EXPECT_EQ(run->row.cluster, "prod");
  EXPECT_FALSE(run->contents.first.has_value());
  EXPECT_FALSE(store_->LoadPlan("r1")->has_value());
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 0u);
}

TEST_F(SqliteStoreTest, TheDirectoryIsOneDaemons) {
  const auto second = SqliteStore::Open(directory_);
  EXPECT_TRUE(HasReason(second.status(), Reason::kStoreUnavailable));
  EXPECT_NE(std::string(second.status().message()).find(directory_), std::string::npos);
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefused) {
  store_.reset();
  {
    auto database = *Database::Open(directory_ + "/runs.db", false);
    ASSERT_TRUE(database->Execute("PRAGMA user_version=99").ok());
  }
  const auto newer = SqliteStore::Open(directory_);
  EXPECT_TRUE(HasReason(newer.status(), Reason::kStoreUnavailable));
  EXPECT_NE(std::string(newer.status().message()).find("newer daemon"), std::string::npos);
}

TEST_F(SqliteStoreTest, AKeyFileThatOthersMayReadIsRefused) {
  store_.reset();
  chmod((directory_ + "/key").c_str(), 0644);
  EXPECT_TRUE(HasReason(SqliteStore::Open(directory_).status(), Reason::kStoreUnavailable));
}

}  // namespace
}  // namespace wheelhouse::store

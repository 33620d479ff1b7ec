#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

class ContractTest : public EveryStoreTest {
 protected:
  absl::Status Create(const std::string& id, const std::string& request_id = "") {
    RunRow row;
    row.id = id;
    row.caller = {"tester", KnownBy::kCertificate};
    row.request_id = request_id;
    row.cluster = "prod";
    row.create_time = absl::Now();
    row.namespaces = {"demo"};
    v1::Plan plan;
    plan.add_charts()->add_values()->set_value("a very secret value");
    return store_->CreateRun(row, {plan.SerializeAsString(), Picture(id)},
                             absl::Now() - absl::Hours(24));
  }
  absl::Status WriteEvent(const std::string& id, int64_t sequence) {
    Append append;
    append.run_id = id;
    append.events.push_back(Line(sequence, "a very secret value"));
    return Write(std::move(append));
  }
};

// Of those that outlive their process.
class DurableStoreTest : public ContractTest {};

TEST_P(ContractTest, WhatWasWrittenIsThereAfterARestart) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  Open();
  const auto run = *store_->Load("r1");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->row.sequence, 1);
  EXPECT_EQ(run->row.caller, (Principal{"tester", KnownBy::kCertificate}));
  EXPECT_EQ(Parse<v1::Plan>(*store_->LoadPlan("r1"))->charts_size(), 1);
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 1u);
  EXPECT_EQ(store_->Unfinished()->size(), 1u);
}

TEST_P(ContractTest, AnEventThatDoesNotFollowTheNewestIsRefused) {
  ASSERT_TRUE(Create("r1").ok());
  EXPECT_TRUE(absl::IsAborted(WriteEvent("r1", 2)));
  EXPECT_TRUE(WriteEvent("r1", 1).ok());
  EXPECT_TRUE(absl::IsAborted(WriteEvent("r1", 1)));
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 1u);
}

TEST_P(ContractTest, AStateIsChangedOnlyFromTheStateThatWasSeen) {
  ASSERT_TRUE(Create("r1").ok());
  Append append;
  append.run_id = "r1";
  append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_RUNNING};
  append.events.push_back(Line(1, "a line"));
  EXPECT_TRUE(Write(append).ok());
  append.events[0] = Line(2, "a line");
  EXPECT_TRUE(absl::IsAborted(Write(append)));
  EXPECT_EQ((*store_->Load("r1"))->row.sequence, 1);
}

TEST_P(ContractTest, ARefusedAppendTakesNoOtherOfItsGroupWithIt) {
  ASSERT_TRUE(Create("r1").ok());
  Mutex mutex;
  CondVar changed;
  std::vector<bool> results;
  for (const int64_t sequence : {1, 7, 2, 3}) {
    Append append;
    append.run_id = "r1";
    append.events.push_back(Line(sequence, "a line"));
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

TEST_P(ContractTest, OneRequestIdOfOneCallerIsStoredOnce) {
  ASSERT_TRUE(Create("r1", "id").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("r2", "id")));
  EXPECT_TRUE(Create("r3", "other").ok());
  EXPECT_EQ((*store_->FindRequest({"tester"}, "id", absl::UnixEpoch()))->id, "r1");
  EXPECT_FALSE(store_->FindRequest({"another"}, "id", absl::UnixEpoch())->has_value());
}

TEST_P(DurableStoreTest, WhatWasDurableSurvivesKill9InTheMiddleOfAnAppend) {
  ASSERT_TRUE(Create("r1").ok());
  store_.reset();  // no thread and no lock may be there when this process forks
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    Open();
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

  Open();
  const int64_t newest = (*store_->Load("r1"))->row.sequence;
  EXPECT_GE(newest, durable);
  EXPECT_LE(newest, durable + 1) << "the one that was under way may be there or not";
  const auto events = *store_->Events("r1", 0, 100000);
  ASSERT_EQ(static_cast<int64_t>(events.size()), newest);
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence, static_cast<int64_t>(i) + 1);
  }
  EXPECT_TRUE(WriteEvent("r1", newest + 1).ok());
}

TEST_P(ContractTest, ARequestIdMayBeUsedAgainAfterItsTime) {
  ASSERT_TRUE(Create("r1", "id").ok());
  EXPECT_FALSE(store_->FindRequest({"tester"}, "id", absl::Now() + absl::Seconds(1))->has_value());
}

TEST_P(ContractTest, BytesComeBackAsTheyAreAndEmptyOnesAreNotNothing) {
  const Bytes odd("\0\xff\n", 3);
  RunRow row;
  row.id = "r1";
  ASSERT_TRUE(store_->CreateRun(row, {"", odd}, absl::UnixEpoch()).ok());
  ASSERT_TRUE(Write({"r1", {{1, "", JournalRow{"demo/web", 0, ""}}}}).ok());
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "", std::nullopt).ok());
  EXPECT_EQ(*store_->LoadPlan("r1"), "");
  EXPECT_EQ((*store_->Load("r1"))->first, odd);
  EXPECT_EQ((*store_->Load("r1"))->last, std::nullopt);
  EXPECT_EQ(store_->Events("r1", 0, 10)->at(0).payload, "");
  EXPECT_EQ((*store_->NewestMemory("r1", "demo/web"))->bytes, "");
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), "");
}

TEST_P(ContractTest, AnAppendOfNothingIsAnsweredInItsTurn) {
  ASSERT_TRUE(Create("r1").ok());
  EXPECT_TRUE(Write({"r1"}).ok());
  EXPECT_TRUE(WriteEvent("r1", 1).ok());
}

TEST_P(ContractTest, HowOftenARunWasTakenUpIsWhatWasWrittenLast) {
  ASSERT_TRUE(Create("r1").ok());
  EXPECT_EQ((*store_->Load("r1"))->row.taken_up, 0);
  Append append;
  append.run_id = "r1";
  append.taken_up = 2;
  ASSERT_TRUE(Write(append).ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  Open();
  EXPECT_EQ(store_->Unfinished()->at(0).taken_up, 2);
  EXPECT_EQ(store_->Unfinished()->at(0).sequence, 1);
}

TEST_P(ContractTest, TheReleasesOfARunAreKnownWithoutItsBytes) {
  StoreTest::Create("r1");
  EXPECT_EQ(*store_->ReleasesOf("r1"), (std::vector<std::string>{"demo/web"}));
  EXPECT_TRUE(store_->ReleasesOf("r2")->empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, ContractTest, EveryStore(), StoreName);
INSTANTIATE_TEST_SUITE_P(Stores, DurableStoreTest, DurableStores(), StoreName);

}  // namespace
}  // namespace wheelhouse::store

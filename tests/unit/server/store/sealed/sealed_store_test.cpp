// What a sealed store keeps from whoever reads the disk, and what is left of it without its key.
#include "server/store/sealed/sealed_store.h"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "tests/unit/server/store/store_fixture.h"

namespace wheelhouse::store {
namespace {

class SealedStoreTest : public StoreTest {
 protected:
  // As an operator who gives up what is sealed.
  void MakeNewKey() {
    std::filesystem::remove(directory_ + "/key");
    ASSERT_TRUE(Sealer::FromFile(directory_ + "/key").ok());
  }
  SealedStoreTest() { Open(); }
  absl::Status Create(const std::string& id) {
    RunRow row;
    row.id = id;
    row.caller = {"tester", KnownBy::kCertificate};
    row.cluster = "prod";
    row.create_time = absl::Now();
    v1::Plan plan;
    plan.add_charts()->add_values()->set_value("a very secret value");
    return store_->CreateRun(row, {plan.SerializeAsString(), Picture(id)}, absl::UnixEpoch());
  }
  absl::Status WriteEvent(const std::string& id, int64_t sequence) {
    Append append;
    append.run_id = id;
    append.events.push_back(Line(sequence, "a very secret value"));
    append.events.back().journal = {"demo/web", 1, "a very secret value"};
    return Write(std::move(append));
  }
};

TEST_F(SealedStoreTest, NoSecretStandsInClearOnTheDisk) {
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

TEST_F(SealedStoreTest, AKeyThatIsMissingBesideRunsIsNotReplacedAndItIsSaidWhatToDo) {
  ASSERT_TRUE(Create("r1").ok());
  store_.reset();
  const std::string key = directory_ + "/key";
  std::filesystem::rename(key, key + ".away");
  const absl::Status refused = TryOpen().status();
  EXPECT_TRUE(HasReason(refused, Reason::kStoreUnavailable));
  EXPECT_NE(refused.message().find("1 runs that are sealed with it"), absl::string_view::npos);
  EXPECT_NE(refused.message().find("head -c 32 /dev/urandom > " + key), absl::string_view::npos);
  EXPECT_FALSE(std::filesystem::exists(key));
  std::filesystem::rename(key + ".away", key);
  Open();
  EXPECT_TRUE(store_->LoadPlan("r1")->has_value());
}

TEST_F(SealedStoreTest, WithoutItsKeyHistoryKeepsItsClearPart) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(WriteEvent("r1", 1).ok());
  store_.reset();
  MakeNewKey();
  Open();
  const auto run = *store_->Load("r1");
  EXPECT_EQ(run->row.cluster, "prod");
  EXPECT_FALSE(run->first.has_value());
  EXPECT_FALSE(store_->LoadPlan("r1")->has_value());
  EXPECT_EQ(store_->Events("r1", 0, 10)->size(), 0u);
}

TEST_F(SealedStoreTest, WithoutItsKeyWhatWasKeptCannotBeRead) {
  ASSERT_TRUE(Create("r1").ok());
  ASSERT_TRUE(store_->Keep("r1", "demo/web", "adopted", "object", std::nullopt).ok());
  store_.reset();
  MakeNewKey();
  Open();
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
}

TEST_F(SealedStoreTest, WhatIsMovedElsewhereDoesNotOpen) {
  for (const char* id : {"r1", "r2"}) {
    ASSERT_TRUE(Create(id).ok());
    ASSERT_TRUE(WriteEvent(id, 1).ok());
    ASSERT_TRUE(store_->Keep(id, "demo/web", "adopted", "object", std::nullopt).ok());
  }
  const auto moved = [](const std::string& table, const std::string& what) {
    return "UPDATE " + table + " SET " + what + "=(SELECT " + what + " FROM " + table +
           " WHERE run_id='r2') WHERE run_id='r1';";
  };
  ASSERT_TRUE(File()
                  ->Execute(moved("contents", "plan") + moved("contents", "first") +
                            moved("events", "event") + moved("journal", "memory") +
                            moved("kept", "bytes"))
                  .ok());
  EXPECT_EQ(*store_->LoadPlan("r1"), std::nullopt);
  EXPECT_EQ((*store_->Load("r1"))->first, std::nullopt);
  EXPECT_TRUE(store_->Events("r1", 0, 10)->empty());
  EXPECT_FALSE(store_->NewestMemory("r1", "demo/web")->has_value());
  EXPECT_EQ(*store_->Kept("r1", "demo/web", "adopted"), std::nullopt);
  EXPECT_TRUE(store_->LoadPlan("r2")->has_value());
}

TEST_F(SealedStoreTest, ADigestIsOfTheKeyToo) {
  const std::string before = store_->Digest("a request");
  Open();
  EXPECT_EQ(store_->Digest("a request"), before);
  store_.reset();
  std::filesystem::remove(directory_ + "/key");
  Open();
  EXPECT_NE(store_->Digest("a request"), before);
}

TEST_F(SealedStoreTest, AKeyFileThatOthersMayReadIsRefused) {
  store_.reset();
  chmod((directory_ + "/key").c_str(), 0644);
  EXPECT_TRUE(HasReason(TryOpen().status(), Reason::kStoreUnavailable));
}

}  // namespace
}  // namespace wheelhouse::store

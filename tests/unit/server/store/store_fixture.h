// A store in a folder of its own.
#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "common/failure.h"
#include "server/store/messages.h"
#include "server/store/sealed/sealed_store.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/unit/fakes/memory_store.h"
#include "tests/unit/fakes/test_folder.h"
#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::store {

enum class StoreKind {
  kSealed,  // SQLite below a seal, as the daemon opens it
  kSqlite,
  kMemory,  // what other tests and the simulation use
};

class StoreTest : public testing::Test {
 protected:
  ~StoreTest() override { store_.reset(); }
  absl::StatusOr<std::unique_ptr<Store>> TryOpen() {
    if (kind_ == StoreKind::kMemory) return std::make_unique<MemoryStore>(memory_);
    auto sqlite = SqliteStore::Open(directory_);
    if (!sqlite.ok() || kind_ == StoreKind::kSqlite) return sqlite;
    return SealedStore::Open(directory_ + "/key", *std::move(sqlite));
  }
  void Open() {
    store_.reset();
    auto opened = TryOpen();
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // SQLite's file, beside the store's own connections.
  std::unique_ptr<Database> File() { return *Database::Open(directory_ + "/runs.db", false); }

  void Create(const std::string& id, const std::string& cluster = "prod") {
    RunRow row;
    row.id = id;
    row.caller = {"tester", KnownBy::kCertificate};
    row.cluster = cluster;
    row.plan_name = "shop";
    row.namespaces = {"demo"};
    row.releases = {"web", "demo/web"};
    row.create_time = absl::Now();
    ASSERT_TRUE(store_->CreateRun(row, {"", Picture(id)}, absl::UnixEpoch()).ok());
  }
  static Bytes Picture(const std::string& id) {
    v1::Run run;
    run.set_id(id);
    return run.SerializeAsString();
  }
  // A line of output.
  static Event Line(int64_t sequence, const std::string& text) {
    v1::RunEvent event;
    event.set_sequence(sequence);
    event.mutable_log()->set_line(text);
    return {sequence, event.SerializeAsString(), std::nullopt};
  }
  absl::Status Write(Append append) {
    std::promise<absl::Status> written;
    store_->AppendAsync(std::move(append),
                        [&](const absl::Status& status) { written.set_value(status); });
    return written.get_future().get();
  }
  // Events from `first` to `last`, each with a journal row that intends `revision`, if any.
  void WriteEvents(const std::string& id, int64_t first, int64_t last, int revision = 0,
                   const std::string& chart = "demo/web") {
    Append append;
    append.run_id = id;
    for (int64_t sequence = first; sequence <= last; ++sequence) {
      append.events.push_back(Line(sequence, std::string(1000, 'x')));
      if (revision == 0) continue;
      append.events.back().journal = {chart, revision, "memory"};
    }
    ASSERT_TRUE(Write(std::move(append)).ok());
  }
  void End(const std::string& id, absl::Time time = absl::Now()) {
    Append append;
    append.run_id = id;
    append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_FAILED};
    append.end = {time, Picture(id)};
    ASSERT_TRUE(Write(std::move(append)).ok());
  }

  const TestFolder temp_;
  const std::string directory_ = temp_.path();
  MemoryDisk memory_;
  StoreKind kind_ = StoreKind::kSealed;
  std::unique_ptr<Store> store_;
};

// What store.h promises of every Store. Another one gets a row here.
class EveryStoreTest : public StoreTest, public testing::WithParamInterface<StoreKind> {
 protected:
  EveryStoreTest() {
    kind_ = GetParam();
    Open();
  }
};

inline auto EveryStore() {
  return testing::Values(StoreKind::kSealed, StoreKind::kSqlite, StoreKind::kMemory);
}

// Those that outlive their process.
inline auto DurableStores() { return testing::Values(StoreKind::kSealed, StoreKind::kSqlite); }

inline std::string StoreName(const testing::TestParamInfo<StoreKind>& kind) {
  switch (kind.param) {
    case StoreKind::kSealed:
      return "Sealed";
    case StoreKind::kSqlite:
      return "Sqlite";
    case StoreKind::kMemory:
      return "Memory";
  }
  return "";
}

}  // namespace wheelhouse::store

// A store in a folder of its own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>

#include "common/failure.h"
#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse::store {

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    char name[] = "/tmp/wheelhouse-store-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~StoreTest() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    store_.reset();
    auto opened = SqliteStore::Open(directory_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  // The file beside the store's own connections.
  std::unique_ptr<Database> File() { return *Database::Open(directory_ + "/runs.db", false); }

  void Create(const std::string& id, const std::string& cluster = "prod") {
    RunRow row;
    row.id = id;
    row.caller = "tester";
    row.cluster = cluster;
    row.plan_name = "shop";
    row.namespaces = {"demo"};
    row.releases = {"web", "demo/web"};
    row.create_time = absl::Now();
    v1::Run first;
    first.set_id(id);
    ASSERT_TRUE(store_->CreateRun(row, {}, first, absl::UnixEpoch()).ok());
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
      JournalledEvent& entry = append.events.emplace_back();
      entry.event.set_sequence(sequence);
      entry.event.mutable_log()->set_line(std::string(1000, 'x'));
      if (revision == 0) continue;
      JournalRow& row = entry.journal.emplace();
      row.chart = chart;
      row.intended_revision = revision;
      row.fingerprint = "fingerprint of " + id;
    }
    ASSERT_TRUE(Write(std::move(append)).ok());
  }
  void End(const std::string& id, absl::Time time = absl::Now()) {
    Append append;
    append.run_id = id;
    append.state = {v1::RUN_STATE_QUEUED, v1::RUN_STATE_FAILED};
    append.last.emplace().set_id(id);
    append.last->mutable_end_time()->set_seconds(absl::ToUnixSeconds(time));
    ASSERT_TRUE(Write(std::move(append)).ok());
  }

  std::string directory_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace wheelhouse::store

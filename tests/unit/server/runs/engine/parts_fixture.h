// A table of runs and a real store in a folder of its own, for tests that use one part of the
// engine without the others.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/failure.h"
#include "common/principal.h"
#include "common/run_picture.h"
#include "server/runs/engine/new_run.h"
#include "server/runs/engine/run_assembler.h"
#include "server/runs/engine/run_ids.h"
#include "server/runs/engine/run_table.h"
#include "server/runs/log/stored_run.h"
#include "server/runs/plans/stored_plans.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/unit/fakes/empty_clusters.h"
#include "tests/unit/fakes/fake_boot_clock.h"
#include "tests/unit/fakes/fake_lifecycle.h"
#include "tests/unit/fakes/follow.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::runs {

class PartsTest : public testing::Test {
 protected:
  PartsTest() {
    spdlog::set_level(spdlog::level::off);
    store_ = *store::SqliteStore::Open(directory_);
    archives_ = *store::Archives::Open(directory_ + "/archives", {.quota_bytes = 1 << 20}, clock_);
    plans_ = std::make_unique<StoredPlans>(SavedPlanOptions{absl::Hours(1), 2, false, {"*"}},
                                           *store_, *archives_, clock_, clock_);
    assembler_ = std::make_unique<RunAssembler>(*store_, *archives_, ClaimsByCluster{}, clock_,
                                                boot_, RunLogOptions{1 << 20, nullptr});
  }
  ~PartsTest() override { table_.Drain(); }

  static v1::Plan Plan(const std::vector<std::string>& charts) {
    v1::Plan plan;
    for (const std::string& key : charts) {
      v1::ChartInfo* chart = plan.add_charts();
      chart->set_namespace_(key.substr(0, key.find('/')));
      chart->set_name(key.substr(key.find('/') + 1));
      chart->set_action(v1::ACTION_DEPLOY);
    }
    return plan;
  }

  // A run that is stored as QUEUED, and not in the table.
  AssembledRun Stored(const v1::Plan& plan) {
    NewRun wanted;
    const RunAsked asked{{"tester", KnownBy::kUnixSocket}, "", ""};
    wanted.made = *FakePrepare(plan, asked.by);
    wanted.cluster = *clusters_.Find("");
    const store::RunRow row = RowOf(asked, wanted, ids_.Next(clock_.Now()), clock_.Now());
    const v1::Run first = FirstPicture(wanted, row);
    EXPECT_TRUE(store_
                    ->CreateRun(row, {plan.SerializeAsString(), first.SerializeAsString()},
                                absl::InfinitePast())
                    .ok());
    return assembler_->Assemble(plan, first, wanted.cluster, {});
  }
  // In the table as well.
  RunPtr Queued(const v1::Plan& plan) {
    AssembledRun made = Stored(plan);
    table_.Add(made.run, std::move(made.standing));
    return made.run;
  }
  // As the scheduler starts it, durably. The charts that may start are those without dependencies.
  RunPtr Running(const v1::Plan& plan) {
    AssembledRun made = Stored(plan);
    AwaitStart(made.run);
    made.standing.phase = Phase::kRunning;
    made.standing.work = made.run->WorkUntilDeadline(absl::ZeroDuration());
    table_.Add(made.run, std::move(made.standing));
    return made.run;
  }
  static void AwaitStart(const RunPtr& run) {
    run->log->AppendStart(nullptr);
    // Whatever is appended after it is durable after it.
    v1::RunEvent line;
    line.mutable_log()->set_line("started");
    EXPECT_TRUE(run->log->Append(std::move(line)).ok());
  }
  v1::Run PictureOf(const RunPtr& run) { return *StoredPicture(*store_, run->id()); }
  // Blocks until the store has answered what was appended so far, and what follows from that.
  void AwaitStore() {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(store_->TryWrite().ok());
  }
  // Blocks until the run has left the table.
  void AwaitEnd(const RunPtr& run) {
    const WatchOptions options;
    const auto open = [&](std::function<void()> wake) {
      return run->log->Watch(0, options, std::move(wake));
    };
    EXPECT_TRUE(Follow(Context::Background(), open, [](const v1::RunEvent&) { return true; }).ok());
  }

  const TestFolder temp_;
  const std::string directory_ = temp_.path();
  SystemClock clock_;
  FakeBootClock boot_;
  kube::Clusters clusters_ = kube::EmptyClusters({"prod"});
  RunIds ids_;
  RunTable table_{{100, 100, 100}};
  std::unique_ptr<store::SqliteStore> store_;
  std::unique_ptr<store::Archives> archives_;
  std::unique_ptr<StoredPlans> plans_;
  std::unique_ptr<RunAssembler> assembler_;
};

}  // namespace wheelhouse::runs

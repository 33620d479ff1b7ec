// An engine on a real store in a folder of its own, with a fake lifecycle.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/principal.h"
#include "common/run_picture.h"
#include "server/runs/engine/engine.h"
#include "server/store/messages.h"
#include "server/store/sealed/sealed_store.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/unit/fakes/empty_clusters.h"
#include "tests/unit/fakes/fake_lifecycle.h"
#include "tests/unit/fakes/follow.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::runs {

// The bounds of a configuration that sets none of them.
inline EngineOptions UsualOptions() {
  EngineOptions options;
  options.max_parallel_charts = 8;
  options.queue = {1000, 1000, 1000};
  options.log_bytes = 16 << 20;
  options.kept_bytes = int64_t{1} << 30;
  options.retention = {absl::Hours(720), 10000, int64_t{10} << 30};
  options.saved_plans = {absl::Hours(168), 100, false, {"*"}};
  return options;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    spdlog::set_level(spdlog::level::off);
    Start();
  }
  ~EngineTest() override { Stop(); }

  void Start() {
    store_ = *store::SealedStore::Open(directory_ + "/key", *store::SqliteStore::Open(directory_));
    archives_ = *store::Archives::Open(directory_ + "/archives", {.quota_bytes = 1 << 20}, clock_);
    EngineOptions options = options_;
    if (claims_ != nullptr) options.claims = {{"prod", claims_}};
    options.prepare = FakePrepare;
    if (options.allow == nullptr) options.allow = FakeAllow;
    engine_ = *Engine::Start(options, clusters_, *store_, *archives_, lifecycle_, clock_);
  }
  void Stop() {
    engine_.reset();
    archives_.reset();
    store_.reset();
  }
  // As a daemon that stops and comes again.
  void Restart() {
    Stop();
    Start();
  }

  static Principal By(const std::string& name) { return {name, KnownBy::kUnixSocket}; }
  static v1::CreateRunRequest Request(const std::vector<std::string>& charts) {
    v1::CreateRunRequest request;
    for (const std::string& key : charts) {
      v1::ChartInfo* chart = request.mutable_plan()->add_charts();
      chart->set_namespace_(key.substr(0, key.find('/')));
      chart->set_name(key.substr(key.find('/') + 1));
      chart->set_action(v1::ACTION_DEPLOY);
    }
    return request;
  }
  std::string Create(const v1::CreateRunRequest& request) {
    const auto run = engine_->Create(request, By("tester"));
    EXPECT_TRUE(run.ok()) << run.status();
    return run.ok() ? run->id() : "";
  }
  std::string Create(const std::vector<std::string>& charts) { return Create(Request(charts)); }

  // As it is stored.
  v1::Plan Plan(const std::string& id) { return *store::Parse<v1::Plan>(*store_->LoadPlan(id)); }

  // Every event until the run has ended, or until `enough` says so.
  std::vector<v1::RunEvent> Events(
      const std::string& id, int64_t after = 0,
      const std::function<bool(const v1::RunEvent&)>& enough = [](const v1::RunEvent&) {
        return false;
      }) {
    std::vector<v1::RunEvent> events;
    watched_ = Follow(Context::Background(), Watch(id, after), [&](const v1::RunEvent& event) {
      events.push_back(event);
      return !enough(event);
    });
    return events;
  }
  OpenWatch Watch(const std::string& id, int64_t after = 0) {
    return [=, this](std::function<void()> wake) {
      return engine_->Watch(id, after, By("tester"), std::move(wake));
    };
  }
  v1::Run Ended(const std::string& id) {
    Events(id);
    return *engine_->Get(id, By("tester"));
  }
  // Blocks until the queued run has been told its place.
  v1::QueuePlace Place(const std::string& id) {
    v1::QueuePlace place;
    Events(id, 0, [&](const v1::RunEvent& event) {
      if (event.snapshot().queue().position() > 0) place = event.snapshot().queue();
      if (event.transition().has_queue()) place = event.transition().queue();
      return place.position() > 0;
    });
    return place;
  }

  const TestFolder temp_;
  const std::string directory_ = temp_.path();
  SystemClock clock_;
  const kube::Clusters clusters_ = kube::EmptyClusters({"prod", "test"});
  EngineOptions options_ = UsualOptions();
  ClusterClaims* claims_ = nullptr;  // of `prod`
  FakeLifecycle lifecycle_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Archives> archives_;
  std::unique_ptr<Engine> engine_;
  absl::Status watched_;
};

}  // namespace wheelhouse::runs

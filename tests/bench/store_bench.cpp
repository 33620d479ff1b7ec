// bench_store [RUNS [FOLDER]]: fills a store with so many ended runs (1,000,000) through the Store
// itself, then tells how long ListRuns takes with each filter, and GetRun, as the engine does them:
// with every run's picture. The folder is left where one is named, and filled only when it is new.
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <absl/time/clock.h>
#include <spdlog/spdlog.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <thread>
#include <vector>

#include "common/failure.h"
#include "common/time.h"
#include "server/runs/engine/engine.h"
#include "server/store/sealed/sealed_store.h"
#include "server/store/sqlite/sqlite_store.h"

namespace wheelhouse {
namespace {

constexpr int kEvents = 1;     // of each run; what is measured reads none
constexpr int kFillers = 512;  // share one flush
constexpr int kCalls = 200;

// Nothing is deployed here.
class NoLifecycle final : public lifecycle::Lifecycle {
 public:
  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest&, const lifecycle::Bounds&,
                                   const lifecycle::BeforeFirstChange&,
                                   lifecycle::Journal&) override {
    return {};
  }
};

std::string IdOf(int number) { return absl::StrFormat("%016x%08x", number, number); }

// Most runs are one caller's on one cluster; 1000 namespaces, 5000 releases, 100 plans.
v1::Run PictureOf(int number) {
  v1::Run run;
  run.set_id(IdOf(number));
  run.set_plan_name(absl::StrCat("plan-", number % 100));
  run.set_cluster(number % 1000 == 7 ? "rare" : "prod");
  run.set_caller(number % 1000 == 11 ? "rare" : "ci");
  run.set_state(number % 50 == 0 ? v1::RUN_STATE_FAILED : v1::RUN_STATE_SUCCEEDED);
  *run.mutable_create_time() = ToProto(absl::Now());
  *run.mutable_end_time() = ToProto(absl::Now());
  v1::ChartRun* chart = run.add_charts();
  chart->set_namespace_(absl::StrCat("namespace-", number % 1000));
  chart->set_name(absl::StrCat("web-", number % 5));
  for (int stage = 1; stage <= 6; ++stage) {
    v1::StageRun* added = chart->add_stages();
    added->set_stage(static_cast<v1::Stage>(stage));
    for (int step = 0; step < 4; ++step) {
      added->add_steps()->set_name(absl::StrCat("step-", step));
      added->mutable_steps(step)->set_outcome("3 objects are ready");
    }
  }
  return run;
}

absl::Status WriteRun(store::Store& store, int number) {
  const v1::Run run = PictureOf(number);
  store::RunRow row;
  row.id = run.id();
  row.request_id = absl::StrCat("request-", number);
  row.request_digest = std::string(64, 'd');
  row.caller = {run.caller(), KnownBy::kUnixSocket};
  row.plan_name = run.plan_name();
  row.cluster = run.cluster();
  row.create_time = absl::Now();
  row.namespaces = {run.charts(0).namespace_()};
  row.releases = {run.charts(0).name(),
                  absl::StrCat(run.charts(0).namespace_(), "/", run.charts(0).name())};
  v1::Plan plan;
  plan.add_charts()->set_name(run.charts(0).name());
  const absl::Status created =
      store.CreateRun(row, plan.SerializeAsString(), run.SerializeAsString(), absl::UnixEpoch());
  if (!created.ok()) return created;
  store::Append append;
  append.run_id = run.id();
  append.state = {v1::RUN_STATE_QUEUED, run.state()};
  append.end = {row.create_time, run.SerializeAsString()};
  append.plan = plan.SerializeAsString();
  for (int i = 1; i <= kEvents; ++i) {
    v1::RunEvent event;
    event.set_sequence(i);
    event.mutable_log()->set_line(std::string(200, 'x'));
    append.events.push_back({i, event.SerializeAsString(), std::nullopt});
  }
  store.AppendAsync(std::move(append), [](const absl::Status& status) {
    if (!status.ok()) std::cerr << std::string(status.message()) << "\n";
  });
  return absl::OkStatus();
}

bool Fill(store::Store& store, int runs) {
  std::atomic<int> next = 0;
  std::atomic<bool> good = true;
  std::vector<std::thread> fillers;
  for (int i = 0; i < kFillers; ++i) {
    fillers.emplace_back([&] {
      for (int number = next++; number < runs && good; number = next++) {
        if (!WriteRun(store, number).ok()) good = false;
      }
    });
  }
  for (std::thread& filler : fillers) filler.join();
  return good && store.Shrink().ok();  // which waits for all that was written before it
}

void Measure(const std::string& what, const std::function<std::string(int)>& call) {
  std::vector<absl::Duration> times;
  std::string answer;
  for (int i = 0; i < kCalls; ++i) {
    const absl::Time begin = absl::Now();
    answer = call(i);
    times.push_back(absl::Now() - begin);
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return absl::ToDoubleMilliseconds(times[static_cast<size_t>(share * (kCalls - 1))]);
  };
  std::cout << absl::StrFormat("%-58s median %7.2f ms  99%% %7.2f ms  (%s)\n", what, at(0.5),
                               at(0.99), answer);
}

void MeasureList(runs::RunEngine& engine, const std::string& filter, bool deep) {
  std::string token;
  Measure(absl::StrCat("ListRuns ", filter.empty() ? "without a filter" : filter,
                       deep ? ", page after page" : ""),
          [&](int) {
            v1::ListRunsRequest request;
            request.set_filter(filter);
            if (deep) request.set_page_token(token);
            const auto page = engine.List(request, Principal{"bench"});
            if (!page.ok()) return std::string(page.status().message());
            token = page->next_page_token();
            return absl::StrCat(page->runs_size(), " runs");
          });
}

int Main(int runs, const std::string& folder) {
  spdlog::set_level(spdlog::level::warn);
  const bool fresh = !std::filesystem::exists(folder + "/runs.db");
  auto sqlite = store::SqliteStore::Open(folder);
  auto store =
      sqlite.ok() ? store::SealedStore::Open(folder + "/key", *std::move(sqlite)) : sqlite.status();
  if (!store.ok()) {
    std::cerr << std::string(store.status().message()) << "\n";
    return 1;
  }
  const absl::Time begin = absl::Now();
  if (fresh && !Fill(**store, runs)) return 1;
  const store::Usage usage = *(*store)->GetUsage();
  std::cout << usage.runs << " runs, " << usage.bytes / (1 << 20) << " MiB in " << folder;
  if (fresh) std::cout << ", written in " << absl::FormatDuration(absl::Now() - begin);
  std::cout << "\n";

  const SystemClock clock;
  NoLifecycle lifecycle;
  const auto archives =
      *store::Archives::Open(folder + "/archives", {.quota_bytes = 1 << 20}, clock);
  runs::EngineOptions options;
  options.max_parallel_charts = 1;
  options.queue = {1, 1};
  options.log_bytes = 1 << 20;
  options.kept_bytes = int64_t{1} << 30;
  options.retention.max_age = absl::Hours(720);
  // Those that a fill which was interrupted had not ended end here.
  const kube::Clusters none{std::vector<std::unique_ptr<kube::Cluster>>()};
  options.retention.max_runs = usage.runs;
  options.retention.max_bytes = usage.bytes * 2;
  const auto engine = *runs::Engine::Start(options, none, **store, *archives, lifecycle, clock);
  for (const char* filter :
       {"", "cluster = prod", "cluster = rare", "caller = ci", "caller = rare", "state = SUCCEEDED",
        "state = FAILED", "state = RUNNING", "plan = \"plan-42\"", "namespace = \"namespace-7\"",
        "release = \"web-3\"", "release = \"namespace-8/web-3\"", "caller != ci",
        "cluster = prod AND caller = ci AND namespace = \"namespace-9\"",
        "state = FAILED AND caller = rare",
        "state != SUCCEEDED AND state != FAILED AND state != CANCELLED"}) {
    MeasureList(*engine, filter, false);
  }
  MeasureList(*engine, "", true);
  MeasureList(*engine, "cluster = prod", true);
  Measure("GetRun", [&](int i) {
    const int number = static_cast<int>((int64_t{i} * 7919 * 131) % usage.runs);
    const auto run = engine->Get(IdOf(number), Principal{"bench"});
    return run.ok() ? run->plan_name() : std::string(run.status().message());
  });
  return 0;
}

}  // namespace
}  // namespace wheelhouse

int main(int argc, char** argv) {
  const int runs = argc > 1 ? atoi(argv[1]) : 1000000;
  if (argc > 2) return wheelhouse::Main(runs, argv[2]);
  char name[] = "/tmp/wheelhouse-bench-XXXXXX";
  const std::string folder = mkdtemp(name);
  const int result = wheelhouse::Main(runs, folder);
  std::filesystem::remove_all(folder);
  return result;
}

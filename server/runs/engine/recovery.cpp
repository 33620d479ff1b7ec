#include "server/runs/engine/recovery.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <set>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/chart_runner.h"
#include "server/runs/engine/left_over.h"
#include "server/runs/engine/run_end.h"
#include "server/runs/log/stored_run.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kTryStrandedEvery = absl::Seconds(2);

std::set<std::string> AllClaimKeys(const ActiveRun& run) {
  return run.wants.exclusive ? std::set<std::string>{kWholeCluster} : run.wants.keys;
}

}  // namespace

Recovery::Recovery(const kube::Clusters& clusters, store::Store& store, RunTable& table,
                   const RunAssembler& assembler, const Clock& clock, OnFollow on_follow)
    : clusters_(clusters),
      store_(store),
      table_(table),
      assembler_(assembler),
      clock_(clock),
      on_follow_(std::move(on_follow)) {}

Recovery::~Recovery() { Stop(); }

void Recovery::Start() {
  MutexLock lock(&mutex_);
  thread_ = std::thread([this] {
    while (table_.AwaitStranded() && !table_.AwaitDrain(kTryStrandedEvery)) TakeUpStranded();
  });
}

void Recovery::Stop() {
  std::thread thread;
  {
    MutexLock lock(&mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

absl::Status Recovery::TakeUpUnfinished() {
  ASSIGN_OR_RETURN(const auto rows, store_.Unfinished());
  for (const store::RunRow& row : rows) {
    const absl::Status taken = While(absl::StrCat("taking up run ", row.id), TakeUp(row.id));
    if (HasReason(taken, Reason::kStoreUnavailable)) return taken;
    if (!taken.ok()) spdlog::error("{}", std::string(taken.message()));
  }
  return absl::OkStatus();
}

void Recovery::TakeUpStranded() {
  const std::vector<RunPtr> stranded = table_.Stranded();
  if (stranded.empty() || !store_.TryWrite().ok()) return;
  for (const RunPtr& run : stranded) {
    const absl::Status taken = TakeUp(run->id());
    if (!taken.ok()) {
      spdlog::error("run {} cannot be taken up: {}", run->id(), std::string(taken.message()));
      continue;
    }
    if (table_.Find(run->id()) != run) continue;
    // It could not be taken up, and has ended.
    if (run->claims != nullptr) run->claims->Release(run->id(), AllClaimKeys(*run));
    table_.Remove(run);
  }
}

absl::Status Recovery::TakeUp(const std::string& run_id) {
  ASSIGN_OR_RETURN(const auto stored, store_.Load(run_id));
  if (!stored.has_value()) return absl::OkStatus();
  const store::RunRow& row = stored->row;
  const auto end = [&](const v1::Run& picture, const absl::Status& why) {
    return assembler_.LogOf(picture)->AppendEnd(EndOfLeftOver(picture, why), v1::RUN_STATE_FAILED,
                                                std::nullopt);
  };
  ASSIGN_OR_RETURN(const auto stored_plan, store_.LoadPlan(row.id));
  auto plan = store::Parse<v1::Plan>(stored_plan);
  auto first = store::Parse<v1::Run>(stored->first);
  if (!first.has_value() || !plan.has_value()) {
    return end(ClearPart(row),
               MakeFailure(Reason::kInterrupted, "the key that this run was sealed with is gone"));
  }
  LinesWritten lines;
  ASSIGN_OR_RETURN(const v1::Run picture, FoldEvents(store_, *std::move(first), &lines));
  const auto cluster = clusters_.Find(row.cluster);
  if (!cluster.ok()) return end(picture, cluster.status());
  auto archives = assembler_.Pin(*plan, picture);
  if (!archives.ok()) return end(picture, archives.status());
  AssembledRun made =
      assembler_.Assemble(*std::move(plan), picture, *cluster, *std::move(archives));
  made.run->log->Count(lines);
  const bool running = row.state == v1::RUN_STATE_RUNNING;
  spdlog::info("run {}: taken up, it was {}", row.id, running ? "running" : "queued");
  if (running) return GoOn(picture, std::move(made));
  table_.Add(made.run, std::move(made.standing));
  return absl::OkStatus();
}

absl::Status Recovery::GoOn(const v1::Run& picture, AssembledRun made) {
  const RunPtr& run = made.run;
  for (int i = 0; i < picture.charts_size(); ++i) {
    if (picture.charts(i).state() != v1::STATE_RUNNING) continue;
    ASSIGN_OR_RETURN(run->resumes[i], ReadResume(store_, run->id(), picture.charts(i)));
  }
  if (run->claims != nullptr) run->claims->Expect(run->id(), AllClaimKeys(*run));
  const RunTable::ChartEnd end = PutWhereItStood(*run, picture, clock_.Now(), &made.standing);
  table_.Add(run, std::move(made.standing));
  on_follow_(run, end);
  if (end.follow.all_ended) FinishRun(table_, clock_, run);
  return absl::OkStatus();
}

}  // namespace wheelhouse::runs

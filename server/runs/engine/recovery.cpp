#include "server/runs/engine/recovery.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/chart_runner.h"
#include "server/runs/engine/left_over.h"
#include "server/runs/log/stored_run.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr absl::Duration kTryStrandedEvery = absl::Seconds(2);

// Those that the runs before it have left to it.
void ExpectInherited(const ActiveRun& run) {
  if (run.claims == nullptr) return;
  for (const std::string& older : run.wants.takes_over)
    run.claims->Expect(older, AllClaimKeys(run));
}

}  // namespace

Recovery::Recovery(const kube::Clusters& clusters, const RunEnds& ends, RunTable& table,
                   const RunAssembler& assembler, const Clock& clock, OnFollow on_follow)
    : clusters_(clusters),
      ends_(ends),
      store_(ends.store),
      table_(table),
      assembler_(assembler),
      clock_(clock),
      on_follow_(std::move(on_follow)),
      suspects_(store_, table, on_follow_) {}

Recovery::~Recovery() { Stop(); }

void Recovery::Start() {
  suspects_.Start();
  MutexLock lock(&mutex_);
  thread_ = std::thread([this] {
    while (table_.AwaitStranded() && !table_.AwaitDrain(kTryStrandedEvery)) TakeUpStranded();
  });
}

void Recovery::Stop() {
  suspects_.Stop();
  std::thread thread;
  {
    MutexLock lock(&mutex_);
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

absl::Status Recovery::TakeUpUnfinished() {
  ASSIGN_OR_RETURN(std::vector<store::RunRow> rows, store_.Unfinished());
  RETURN_IF_ERROR(store_.TryWrite());
  // Those that an earlier daemon died of come last, the worst at the end: what is counted for
  // others meanwhile is little.
  std::ranges::sort(rows, {}, [](const auto& row) { return std::pair(row.taken_up, row.id); });
  const auto suspects =
      std::ranges::find_if(rows, [](const auto& row) { return row.taken_up > 0; });
  RETURN_IF_ERROR(TakeUpTogether({rows.begin(), suspects}));
  for (auto row = suspects; row != rows.end(); ++row) RETURN_IF_ERROR(TakeUpAlone(*row));
  return absl::OkStatus();
}

absl::Status Recovery::TakeUpTogether(const std::vector<store::RunRow>& rows) {
  std::vector<TakenUp> counts, read;
  for (const store::RunRow& row : rows) {
    counts.push_back({row.id, 1});
    if (row.state == v1::RUN_STATE_QUEUED) read.push_back({row.id, 0});
  }
  RETURN_IF_ERROR(WriteTakenUp(store_, counts));
  for (const store::RunRow& row : rows)
    RETURN_IF_ERROR(EndUnlessOk(row, TakeUp(row, Turn::kAtOnce)));
  // A queued run was only read.
  return WriteTakenUp(store_, read);
}

absl::Status Recovery::TakeUpAlone(const store::RunRow& row) {
  RETURN_IF_ERROR(WriteTakenUp(store_, {{row.id, row.taken_up + 1}}));
  RETURN_IF_ERROR(
      EndUnlessOk(row, row.taken_up >= kMostTakeUps ? GiveUp(row) : TakeUp(row, Turn::kAlone)));
  // Its turn to go on is counted when it comes.
  const bool queued = row.state == v1::RUN_STATE_QUEUED;
  return WriteTakenUp(store_, {{row.id, queued ? 0 : row.taken_up}});
}

// What is wrong with one run must not keep the others from being taken up; what is wrong with the
// store keeps all of them, and no run may be left out.
absl::Status Recovery::EndUnlessOk(const store::RunRow& row, const absl::Status& taken) {
  if (taken.ok()) return absl::OkStatus();
  spdlog::error("run {} cannot be taken up: {}", row.id, std::string(taken.message()));
  RETURN_IF_ERROR(store_.TryWrite());
  const absl::Status ended = EndLeftOver(row, taken);
  if (ended.ok()) return absl::OkStatus();
  RETURN_IF_ERROR(store_.TryWrite());
  spdlog::error("run {} cannot be ended, and is left as it is: {}", row.id,
                std::string(ended.message()));
  return absl::OkStatus();
}

void Recovery::TakeUpStranded() {
  const std::vector<RunPtr> stranded = table_.Stranded();
  if (stranded.empty() || !store_.TryWrite().ok()) return;
  for (const RunPtr& run : stranded) {
    const auto stored = store_.Load(run->id());
    const absl::Status taken = stored.ok() && stored->has_value()
                                   ? TakeUp((*stored)->row, Turn::kAtOnce)
                                   : stored.status();
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

absl::Status Recovery::TakeUp(const store::RunRow& row, Turn turn) {
  ASSIGN_OR_RETURN(const auto stored, store_.Load(row.id));
  if (!stored.has_value() || Ended(stored->row.state)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto stored_plan, store_.LoadPlan(row.id));
  const auto plan = store::Parse<v1::Plan>(stored_plan);
  auto first = store::Parse<v1::Run>(stored->first);
  if (!first.has_value() || !plan.has_value()) {
    return EndLeftOver(row, MakeFailure(Reason::kInterrupted,
                                        "what is stored of this run is damaged, or the key that it "
                                        "was sealed with is gone"));
  }
  ASSIGN_OR_RETURN(const FoldedRun folded, FoldEvents(store_, *std::move(first)));
  const v1::Run& picture = folded.picture;
  if (!folded.whole || picture.sequence() != row.sequence) {
    return EndLeftOver(picture, row,
                       MakeFailure(Reason::kInterrupted,
                                   "stored events of this run are damaged, so that it is not known "
                                   "how far it was"));
  }
  const auto cluster = clusters_.Find(row.cluster);
  if (!cluster.ok()) return EndLeftOver(picture, row, cluster.status());
  auto archives = assembler_.Pin(*plan, picture);
  if (!archives.ok()) return EndLeftOver(picture, row, archives.status());
  AssembledRun made = assembler_.Assemble(*plan, picture, *cluster, *std::move(archives));
  made.run->log->Count(folded.lines);
  const bool running = row.state == v1::RUN_STATE_RUNNING;
  spdlog::info("run {}: taken up, it was {}", row.id, running ? "running" : "queued");
  ExpectInherited(*made.run);
  if (running) return GoOn(row, picture, std::move(made), turn);
  table_.Add(made.run, std::move(made.standing));
  return absl::OkStatus();
}

absl::Status Recovery::GoOn(const store::RunRow& row, const v1::Run& picture, AssembledRun made,
                            Turn turn) {
  const RunPtr& run = made.run;
  for (int i = 0; i < picture.charts_size(); ++i) {
    if (picture.charts(i).state() != v1::STATE_RUNNING) continue;
    ASSIGN_OR_RETURN(run->resumes[i], ReadResume(store_, run->id(), picture.charts(i)));
  }
  if (run->claims != nullptr) run->claims->Expect(run->id(), AllClaimKeys(*run));
  RunTable::ChartEnd end = PutWhereItStood(*run, picture, clock_.Now(), &made.standing);
  table_.Add(run, std::move(made.standing));
  if (end.follow.all_ended) {
    on_follow_(run, end);
    FinishRun(table_, clock_, ends_, run);
  } else if (turn == Turn::kAlone) {
    suspects_.Add(run, std::move(end), row.taken_up);
  } else {
    run->log->CountTakeUp(nullptr);
    on_follow_(run, end);
  }
  return absl::OkStatus();
}

// Its picture is looked at once more, and if that kills the daemon, never again.
absl::Status Recovery::GiveUp(const store::RunRow& row) {
  const absl::Status why = MakeFailure(
      Reason::kDaemonCrashed,
      absl::StrCat(
          "the daemon died ", kMostTakeUps,
          " times when it took this run up; the run is given up, and its releases are left "
          "as they are"));
  if (row.taken_up > kMostTakeUps) return EndLeftOver(row, why);
  ASSIGN_OR_RETURN(const auto stored, store_.Load(row.id));
  auto first = stored.has_value() ? store::Parse<v1::Run>(stored->first) : std::nullopt;
  if (!first.has_value()) return EndLeftOver(row, why);
  ASSIGN_OR_RETURN(FoldedRun folded, FoldEvents(store_, *std::move(first)));
  return EndLeftOver(std::move(folded.picture), row, why);
}

absl::Status Recovery::EndLeftOver(v1::Run picture, const store::RunRow& row,
                                   const absl::Status& why) {
  return AppendLeftOver(std::move(picture), row, FailureOf(why));
}

absl::Status Recovery::EndLeftOver(const store::RunRow& row, const absl::Status& why) {
  v1::Failure failure = FailureOf(why);
  if (row.state == v1::RUN_STATE_RUNNING) {
    ASSIGN_OR_RETURN(const auto releases, store_.ReleasesOf(row.id));
    for (const std::string& release : releases) AddLeftRelease(release, &failure);
  }
  return AppendLeftOver(ClearPart(row), row, failure);
}

absl::Status Recovery::AppendLeftOver(v1::Run picture, const store::RunRow& row,
                                      const v1::Failure& why) {
  std::vector<v1::RunEvent> events = EndOfLeftOver(picture, why);
  // Where events are missing from the picture, the end follows what the store knows.
  picture.set_sequence(row.sequence);
  picture.set_state(row.state);
  return assembler_.LogOf(picture)->AppendEnd(
      {std::move(events), v1::RUN_STATE_FAILED, std::nullopt});
}

}  // namespace wheelhouse::runs

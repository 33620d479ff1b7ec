#include "server/runs/engine/chart_runner.h"

#include <google/protobuf/util/message_differencer.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/runs/engine/predecessor.h"
#include "server/runs/engine/run_end.h"
#include "server/runs/log/chart_journal.h"

namespace wheelhouse::runs {
namespace {

lifecycle::ChartOutcome Interrupted() {
  lifecycle::ChartOutcome outcome;
  outcome.interrupted = true;
  return outcome;
}

lifecycle::ChartOutcome Skipped(v1::SkipReason why) {
  lifecycle::ChartOutcome outcome;
  outcome.state = v1::STATE_SKIPPED;
  outcome.skip_reason = why;
  return outcome;
}

class PoolSlot final : public lifecycle::Slot {
 public:
  explicit PoolSlot(WorkerPool::Place& place) : place_(place) {}
  void TakeToChange(const Context& context) override { place_.TakeToChange(context); }
  void StepAside() override { place_.StepAside(); }

 private:
  WorkerPool::Place& place_;
};

// nullopt: the chart is to be begun.
std::optional<lifecycle::ChartOutcome> NotToBeBegun(const v1::ChartInfo& chart,
                                                    const RunTable::ChartStart& start) {
  if (chart.action() == v1::ACTION_SKIP) return Skipped(v1::SKIP_REASON_ACTION_SKIP);
  if (!start.cancelled.ok()) return Skipped(v1::SKIP_REASON_CANCELLED);
  if (start.stop_starting) return Skipped(v1::SKIP_REASON_EARLIER_FAILURE);
  const absl::Status bound = start.work.Check();
  if (bound.ok()) return std::nullopt;
  lifecycle::ChartOutcome outcome;
  outcome.interrupted = HasReason(bound, Reason::kInterrupted);
  outcome.state = v1::STATE_FAILED;
  outcome.failure = FailureOf(bound);
  return outcome;
}

absl::Status RecordBegin(const ActiveRun& run, int chart) {
  v1::RunEvent begin;
  begin.mutable_transition()->set_chart(run.chart_key(chart));
  begin.mutable_transition()->set_state(v1::STATE_RUNNING);
  // A chart whose beginning is lost with the daemon has changed nothing: it begins again.
  return run.log->AppendSoon({std::move(begin), std::nullopt});
}

}  // namespace

lifecycle::ChartOutcome ChartRunner::Run(const RunPtr& run, int chart,
                                         const RunTable::ChartStart& start,
                                         WorkerPool::Place& place) {
  std::optional<absl::Time> begun;
  lifecycle::ChartOutcome outcome = Execute(run, chart, start, place, &begun);
  if (outcome.interrupted) return outcome;
  const absl::Status recorded = RecordEnd(*run, chart, outcome, begun);
  if (!recorded.ok()) {
    spdlog::error("run {}: the end of {} cannot be stored: {}", run->id(), run->chart_key(chart),
                  std::string(recorded.message()));
    outcome.interrupted = true;
  }
  return outcome;
}

lifecycle::ChartOutcome ChartRunner::Execute(const RunPtr& run, int chart,
                                             const RunTable::ChartStart& start,
                                             WorkerPool::Place& place,
                                             std::optional<absl::Time>* begun) {
  const auto plan = run->LoadPlan(store_);
  if (plan.ok()) return Execute(run, chart, (*plan)->charts(chart), start, place, begun);
  lifecycle::ChartOutcome outcome;
  outcome.interrupted = HasReason(plan.status(), Reason::kStoreUnavailable);
  outcome.state = v1::STATE_FAILED;
  outcome.failure = FailureOf(plan.status());
  return outcome;
}

lifecycle::ChartOutcome ChartRunner::Execute(const RunPtr& run, int chart,
                                             const v1::ChartInfo& info,
                                             const RunTable::ChartStart& start,
                                             WorkerPool::Place& place,
                                             std::optional<absl::Time>* begun) {
  const auto resume = run->resumes.find(chart);
  // A chart that was begun ends by the lifecycle's account, whatever has ended the run.
  if (resume == run->resumes.end()) {
    if (auto outcome = NotToBeBegun(info, start); outcome.has_value()) return *std::move(outcome);
    if (!RecordBegin(*run, chart).ok()) return Interrupted();
    *begun = clock_.Now();
  }
  lifecycle::ChartRequest request;
  request.run_id = run->id();
  request.caller = run->wants.caller;
  request.archives_of = run->archives_of;
  request.plan = run->plan;
  if (!run->ranks.empty()) request.plan.rank = run->ranks[static_cast<size_t>(chart)];
  request.chart = info;
  request.cluster = run->cluster;
  request.namespaces = run->namespaces;
  request.preview = run->preview;
  request.shared_reads = run->shared_reads.get();
  request.ready_since = start.since;
  request.saves_plan = run->saves_plan;
  request.saved_plan = run->saved_plan;
  if (resume != run->resumes.end()) request.resume = resume->second;
  auto predecessor = FindPredecessor(store_, start.takes_over, run->chart_key(chart));
  if (!predecessor.ok()) return Interrupted();
  request.predecessor = *std::move(predecessor);
  const lifecycle::Bounds bounds{start.work, run->failure, run->undo, run->halt};
  PoolSlot slot(place);
  request.slot = &slot;
  ChartJournal journal(store_, run->log, run->wants.cluster, run->chart_key(chart), kept_bytes_);
  if (run->claims != nullptr)
    return RunBehindFence(run, chart, std::move(request), bounds, journal);
  return lifecycle_.RunChart(
      request, bounds, [](const Context&) { return lifecycle::Meanwhile::kNothing; }, journal);
}

absl::Status ChartRunner::RecordEnd(const ActiveRun& run, int chart,
                                    const lifecycle::ChartOutcome& outcome,
                                    std::optional<absl::Time> begun) {
  const std::string& key = run.chart_key(chart);
  const auto before = run.log->PictureOf(key);
  std::vector<LogEntry> entries;
  if (outcome.state == v1::STATE_FAILED) {
    v1::Failure failure = outcome.failure;
    failure.set_chart(key);
    const bool known = before->has_failure() && google::protobuf::util::MessageDifferencer::Equals(
                                                    before->failure(), failure);
    if (!known) *entries.emplace_back().event.mutable_failure() = std::move(failure);
  }
  v1::Transition* end = entries.emplace_back().event.mutable_transition();
  end->set_chart(key);
  end->set_state(outcome.state);
  end->set_skip_reason(outcome.skip_reason);
  // Its beginning may not be in the picture yet.
  if (before->has_start_time()) {
    *end->mutable_duration() = Since(before->start_time(), clock_.Now());
  } else if (begun.has_value()) {
    *end->mutable_duration() = ToProto(clock_.Now() - *begun);
  }
  if (outcome.changed) return run.log->Append(std::move(entries));
  // It is known again once the chart is run again, should it be lost with the daemon.
  for (LogEntry& entry : entries) RETURN_IF_ERROR(run.log->AppendSoon(std::move(entry)));
  return absl::OkStatus();
}

absl::StatusOr<lifecycle::Resume> ReadResume(store::Store& store, const std::string& run_id,
                                             const v1::ChartRun& chart) {
  ASSIGN_OR_RETURN(auto memory, store.NewestMemory(run_id, ChartKey(chart)));
  return lifecycle::Resume{chart, memory.has_value() ? std::move(memory->bytes) : ""};
}

}  // namespace wheelhouse::runs

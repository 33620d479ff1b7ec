#include "server/runs/engine/workers.h"

#include <set>
#include <string>
#include <utility>

#include "common/failure.h"

namespace wheelhouse::runs {
namespace {

void ReportNeverBegun(const ActiveRun& run, int chart, bool cancelled) {
  LogEntry entry;
  v1::Transition* change = entry.event.mutable_transition();
  change->set_chart(run.chart_key(chart));
  change->set_state(v1::STATE_SKIPPED);
  change->set_skip_reason(cancelled ? v1::SKIP_REASON_CANCELLED
                                    : v1::SKIP_REASON_DEPENDENCY_FAILED);
  run.log->AppendAsync(std::move(entry));
}

// Also those that the runs which it took over from have left to it, and that it has not needed.
// Those that a newer run is to have stay for that one.
void GiveBackClaims(const ActiveRun& run, const RunTable::ChartEnd& end) {
  if (run.claims == nullptr) return;
  std::set<std::string> keys = end.follow.freed;
  if (end.follow.all_ended) keys.insert(kWholeCluster);
  for (const std::string& older : end.takes_over) run.claims->Release(older, keys);
  for (const std::string& kept : end.kept_claims) keys.erase(kept);
  run.claims->Release(run.id(), keys);
}

}  // namespace

Workers::Workers(const Options& options, const RunEnds& ends, RunTable& table,
                 lifecycle::Lifecycle& lifecycle, const Clock& clock)
    : ends_(ends),
      table_(table),
      clock_(clock),
      runner_(ends.store, options.kept_bytes, table, lifecycle, clock),
      pool_(options.places, options.watchdog) {}

void Workers::Queue(const RunPtr& run, const std::vector<int>& charts) {
  const absl::Duration since = SteadyNow();
  for (const int chart : charts) {
    pool_.Add(
        {run->wants.caller, run->preview, [this, run, chart, since](WorkerPool::Place& place) {
           RunChart(run, chart, since, place);
         }});
  }
}

void Workers::Follow(const RunPtr& run, const RunTable::ChartEnd& end) {
  FreeWhenSettled(run, end);
  for (const int chart : end.follow.unreachable) ReportNeverBegun(*run, chart, end.cancelled);
  Queue(run, end.follow.ready);
}

// An end that the store refuses, or that is lost with the daemon, did not happen: the chart is run
// again, and needs its keys.
void Workers::FreeWhenSettled(const RunPtr& run, const RunTable::ChartEnd& end) {
  owed_.Owe();
  run->log->OnSettled([this, run, end](const absl::Status& settled) {
    if (settled.ok()) {
      GiveBackClaims(*run, end);
      table_.Freed(run, end.follow.freed);
    }
    owed_.Answered();
  });
}

void Workers::RunChart(const RunPtr& run, int chart, absl::Duration since,
                       WorkerPool::Place& place) {
  auto start = table_.BeginChart(run);
  if (!start.has_value()) return;
  start->since = since;
  const lifecycle::ChartOutcome outcome = runner_.Run(run, chart, *start, place);
  if (outcome.interrupted) {
    table_.InterruptChart(run);
  } else if (const auto end =
                 table_.EndChart(run, chart, run->Stops(outcome.state, outcome.skip_reason));
             end.has_value()) {
    Follow(run, *end);
  }
  switch (table_.LeaveChart(run)) {
    case RunTable::Afterwards::kFinished:
      return FinishRun(table_, clock_, ends_, run);
    case RunTable::Afterwards::kStandsStill:
      return StrandRun(table_, run,
                       MakeFailure(Reason::kStoreUnavailable, "the run's events cannot be stored"));
    case RunTable::Afterwards::kGoesOn:
      return;
  }
}

}  // namespace wheelhouse::runs

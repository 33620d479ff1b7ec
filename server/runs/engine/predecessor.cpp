#include "server/runs/engine/predecessor.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/log/stored_run.h"

namespace wheelhouse::runs {
namespace {

bool NeverBegun(const v1::ChartRun* chart) {
  return chart == nullptr || chart->state() == v1::STATE_PENDING ||
         (chart->state() == v1::STATE_SKIPPED && chart->stages().empty());
}

bool HandedOver(v1::ChartRun* chart) {
  const v1::StageRun* last = FindStage(chart, v1::STAGE_ON_DEPLOY_FAILURE);
  return last != nullptr && last->skip_reason() == v1::SKIP_REASON_SUPERSEDED;
}

}  // namespace

// Ids sort by creation: the newest is asked first.
absl::StatusOr<std::optional<lifecycle::Predecessor>> FindPredecessor(
    store::Store& store, const std::set<std::string>& takes_over, const std::string& chart) {
  std::set<std::string> to_ask = takes_over;
  while (!to_ask.empty()) {
    const std::string run_id = *to_ask.rbegin();
    to_ask.erase(run_id);
    absl::StatusOr<v1::Run> run = StoredPicture(store, run_id);
    if (HasReason(run.status(), Reason::kRunNotFound)) continue;
    RETURN_IF_ERROR(run.status());
    v1::ChartRun* left = FindChart(&*run, chart);
    if (NeverBegun(left)) {
      to_ask.insert(run->takes_over().begin(), run->takes_over().end());
      continue;
    }
    if (!HandedOver(left)) continue;
    ASSIGN_OR_RETURN(auto memory, store.NewestMemory(run_id, chart));
    if (memory.has_value())
      return std::optional(lifecycle::Predecessor{run_id, *left, std::move(memory->bytes)});
    spdlog::warn("run {}: what it has left of {} cannot be read", run_id, chart);
  }
  return std::optional<lifecycle::Predecessor>();
}

}  // namespace wheelhouse::runs

#include "server/metrics/run_counter.h"

#include <algorithm>

#include "common/reason.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::metrics {
namespace {

// A reason that an older daemon has written may be none any more.
std::string ReasonOf(const v1::Run& run) {
  if (!run.has_failure()) return "";
  return FindReason(run.failure().reason()) == nullptr ? "OTHER" : run.failure().reason();
}

// The wall clock may have been set back in between.
absl::Duration Between(const google::protobuf::Timestamp& from,
                       const google::protobuf::Timestamp& to) {
  return std::max(ToTime(to) - ToTime(from), absl::ZeroDuration());
}

}  // namespace

void RunCounter::OnCreated(const v1::Run&) {
  MutexLock lock(&mutex_);
  ++totals_.created;
}

void RunCounter::OnEvent(const v1::Run& run, const v1::RunEvent& event) {
  if (!event.has_transition()) return;
  MutexLock lock(&mutex_);
  if (event.transition().chart().empty()) {
    CountRun(run, event);
  } else {
    CountStage(event.transition());
  }
}

void RunCounter::CountRun(const v1::Run& run, const v1::RunEvent& event) {
  const v1::RunState state = event.transition().run_state();
  if (state == v1::RUN_STATE_RUNNING) totals_.queued.Add(Between(run.create_time(), event.time()));
  if (!Ended(state)) return;
  ++totals_.ended[{run.preview(), state, ReasonOf(run)}];
  if (run.has_start_time()) totals_.running.Add(Between(run.start_time(), event.time()));
}

void RunCounter::CountStage(const v1::Transition& change) {
  const bool of_stage = change.stage() != v1::STAGE_UNSPECIFIED && change.step().empty();
  const bool worked = change.state() == v1::STATE_SUCCEEDED || change.state() == v1::STATE_FAILED;
  if (!of_stage || !worked || !change.has_duration()) return;
  totals_.stages.try_emplace({change.stage(), change.state()}, kRunBounds)
      .first->second.Add(ToDuration(change.duration()));
}

RunTotals RunCounter::Totals() const {
  MutexLock lock(&mutex_);
  return totals_;
}

}  // namespace wheelhouse::metrics

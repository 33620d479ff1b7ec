#include "server/runs/engine/left_over.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::runs {
namespace {

v1::Transition* AddTransition(std::vector<v1::RunEvent>* events, const std::string& chart) {
  v1::Transition* transition = events->emplace_back().mutable_transition();
  transition->set_chart(chart);
  return transition;
}

bool MayHaveChanged(const v1::ChartRun& chart) {
  return std::any_of(chart.stages().begin(), chart.stages().end(), [](const v1::StageRun& stage) {
    return stage.stage() != v1::STAGE_CHECK_PREREQUISITES && stage.state() != v1::STATE_PENDING &&
           stage.state() != v1::STATE_SKIPPED;
  });
}

// Fails the running step, its stage and its chart.
void EndRunningChart(const v1::ChartRun& chart, const v1::Failure& why, bool changed,
                     std::vector<v1::RunEvent>* events) {
  const std::string key = ChartKey(chart);
  v1::Failure failure = why;
  failure.set_chart(key);
  if (changed) AddLeftRelease(key, &failure);
  std::vector<v1::Transition> ends;
  for (const v1::StageRun& stage : chart.stages()) {
    if (stage.state() != v1::STATE_RUNNING) continue;
    failure.set_stage(stage.stage());
    for (const v1::StepRun& step : stage.steps()) {
      if (step.state() != v1::STATE_RUNNING) continue;
      failure.set_step(step.name());
      v1::Transition& end = ends.emplace_back();
      end.set_stage(stage.stage());
      end.set_step(step.name());
      end.set_outcome("interrupted: begun, and not seen to end");
    }
    ends.emplace_back().set_stage(stage.stage());
  }
  ends.emplace_back();  // the chart's own
  *events->emplace_back().mutable_failure() = failure;
  for (v1::Transition& end : ends) {
    end.set_state(v1::STATE_FAILED);
    end.set_chart(key);
    *events->emplace_back().mutable_transition() = std::move(end);
  }
}

void TakeUpCancel(const ActiveRun& run, const v1::Run& picture, Standing* standing) {
  if (!picture.cancel_requested()) return;
  standing->cancelled =
      MakeFailure(Reason::kCancelled, absl::StrCat("cancelled by ", picture.cancelled_by()));
  if (picture.cancel_forced()) run.undo.Cancel(standing->cancelled);
  run.cancel.Cancel(standing->cancelled);
}

void TakeUpStop(const ActiveRun& run, const v1::Run& picture, Standing* standing) {
  if (picture.superseded_by().empty()) return;
  standing->superseded_by = picture.superseded_by();
  const absl::Status why = TakenOver(picture.superseded_by());
  if (standing->cancelled.ok()) standing->cancelled = why;
  run.halt.Cancel(why);
}

}  // namespace

RunTable::ChartEnd PutWhereItStood(const ActiveRun& run, const v1::Run& picture, absl::Time now,
                                   Standing* standing) {
  standing->work = run.WorkUntilDeadline(now - ToTime(picture.start_time()));
  TakeUpCancel(run, picture, standing);
  TakeUpStop(run, picture, standing);
  const std::vector<int> roots = standing->charts.Roots();
  std::set<int> ready(roots.begin(), roots.end()), unreachable;
  RunTable::ChartEnd end;
  for (int i = 0; i < picture.charts_size(); ++i) {
    const v1::ChartRun& chart = picture.charts(i);
    if (!Ended(chart.state())) continue;
    const bool stops = run.Stops(chart.state(), chart.skip_reason());
    standing->stop_starting |= stops && run.fail_fast;
    ChartProgress::Follow follow = standing->charts.End(i, stops);
    ready.insert(follow.ready.begin(), follow.ready.end());
    unreachable.insert(follow.unreachable.begin(), follow.unreachable.end());
    end.follow.freed.merge(follow.freed);
  }
  const auto has_ended = [&](int i) { return Ended(picture.charts(i).state()); };
  std::erase_if(ready, has_ended);
  std::erase_if(unreachable, has_ended);
  end.follow.ready.assign(ready.begin(), ready.end());
  end.follow.unreachable.assign(unreachable.begin(), unreachable.end());
  end.follow.all_ended = standing->charts.AllEnded();
  end.cancelled = !standing->cancelled.ok();
  end.takes_over = run.wants.takes_over;
  standing->phase = end.follow.all_ended ? Phase::kEnding : Phase::kRunning;
  return end;
}

void AddLeftRelease(const std::string& release, v1::Failure* failure) {
  v1::LeftChanged* left = failure->add_left_changed();
  left->set_kind("Release");
  left->set_name(release);
  left->set_change("perhaps changed, and left as it is");
}

std::vector<v1::RunEvent> EndOfLeftOver(const v1::Run& picture, const v1::Failure& failure) {
  std::vector<v1::RunEvent> events;
  for (const v1::ChartRun& chart : picture.charts()) {
    if (chart.state() == v1::STATE_RUNNING) {
      EndRunningChart(chart, failure, !picture.preview() && MayHaveChanged(chart), &events);
    } else if (chart.state() == v1::STATE_PENDING) {
      v1::Transition* skipped = AddTransition(&events, ChartKey(chart));
      skipped->set_state(v1::STATE_SKIPPED);
      skipped->set_skip_reason(v1::SKIP_REASON_EARLIER_FAILURE);
    }
  }
  if (!picture.has_failure()) *events.emplace_back().mutable_failure() = failure;
  AddTransition(&events, "")->set_run_state(v1::RUN_STATE_FAILED);
  return events;
}

}  // namespace wheelhouse::runs

#include "common/run_picture.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

namespace wheelhouse {
namespace {

// `STATE_FAILED` without `STATE_`.
template <typename Enum>
std::string WithoutPrefix(const std::string& name, Enum value, size_t prefix) {
  if (name.empty()) return absl::StrCat(static_cast<int>(value));  // a newer daemon's
  return name.substr(prefix);
}

bool SameFailure(const v1::Failure& a, const v1::Failure& b) {
  return a.chart() == b.chart() && a.stage() == b.stage() && a.step() == b.step() &&
         a.reason() == b.reason() && a.message() == b.message();
}

// `later` reports `current` again with more detail, or includes it as a secondary failure.
bool Replaces(const v1::Failure& later, const v1::Failure& current) {
  if (SameFailure(later, current)) return true;
  for (const v1::Failure& secondary : later.secondary()) {
    if (SameFailure(secondary, current)) return true;
  }
  return false;
}

template <typename Owner>
void AddFailure(const v1::Failure& failure, Owner* owner) {
  if (!owner->has_failure() || Replaces(failure, owner->failure())) {
    *owner->mutable_failure() = failure;
  } else {
    *owner->mutable_failure()->add_secondary() = failure;
  }
}

v1::StepRun* FindStep(v1::StageRun* stage, const std::string& name) {
  for (v1::StepRun& step : *stage->mutable_steps()) {
    if (step.name() == name) return &step;
  }
  return nullptr;
}

void ApplyToStep(const v1::RunEvent& event, v1::StageRun* stage) {
  const v1::Transition& change = event.transition();
  v1::StepRun* step = FindStep(stage, change.step());
  if (step == nullptr) {
    step = stage->add_steps();
    step->set_name(change.step());
  }
  if (!change.kind().empty()) step->set_kind(change.kind());
  if (change.state() != v1::STATE_UNSPECIFIED) step->set_state(change.state());
  step->set_skip_reason(change.skip_reason());
  if (change.attempt() != 0) step->set_attempt(change.attempt());
  if (!change.outcome().empty()) step->set_outcome(change.outcome());
  if (change.has_duration()) *step->mutable_duration() = change.duration();
  if (change.state() == v1::STATE_RUNNING && !step->has_start_time()) {
    *step->mutable_start_time() = event.time();
  }
  if (change.state() == v1::STATE_SUCCEEDED) step->clear_failure();  // an earlier try's
}

void ApplyToStage(const v1::RunEvent& event, v1::StageRun* stage) {
  const v1::Transition& change = event.transition();
  if (change.state() != v1::STATE_UNSPECIFIED) stage->set_state(change.state());
  stage->set_skip_reason(change.skip_reason());
  if (change.state() == v1::STATE_RUNNING) *stage->mutable_start_time() = event.time();
  if (change.has_duration()) *stage->mutable_duration() = change.duration();
  if (change.steps_size() == 0) return;
  *stage->mutable_steps() = change.steps();
  for (v1::StepRun& step : *stage->mutable_steps()) {
    if (step.state() == v1::STATE_UNSPECIFIED) step.set_state(v1::STATE_PENDING);
  }
}

// A chart that succeeded has no failure, though one of its steps that was allowed to fail may have
// one.
void ForgetFailure(v1::ChartRun* chart, v1::Run* run) {
  chart->clear_failure();
  if (run->failure().chart() != ChartKey(*chart)) return;
  run->clear_failure();
  for (const v1::ChartRun& other : run->charts()) {
    if (!other.has_failure()) continue;
    *run->mutable_failure() = other.failure();
    return;
  }
}

void ApplyToChart(const v1::RunEvent& event, v1::ChartRun* chart, v1::Run* run) {
  const v1::Transition& change = event.transition();
  if (change.decision() != v1::DECISION_UNSPECIFIED) {
    chart->set_decision(change.decision());
    chart->set_decision_reason(change.outcome());
    *chart->mutable_losses() = change.losses();
    *chart->mutable_changes() = change.changes();
    chart->set_changes_left_out(change.changes_left_out());
    *chart->mutable_crd_changes() = change.crd_changes();
    chart->set_unchanged_by(change.unchanged_by());
  }
  if (change.has_claims()) *chart->mutable_waits_for_claims() = change.claims().holders();
  if (change.revision() != 0) chart->set_revision(change.revision());
  if (!change.chart_version().empty()) chart->set_chart_version(change.chart_version());
  if (!change.chart_digest().empty()) chart->set_chart_digest(change.chart_digest());
  if (change.has_chart_signature()) *chart->mutable_chart_signature() = change.chart_signature();
  if (change.state() == v1::STATE_UNSPECIFIED) return;
  chart->set_state(change.state());
  chart->set_skip_reason(change.skip_reason());
  if (change.state() == v1::STATE_RUNNING) *chart->mutable_start_time() = event.time();
  if (Ended(change.state())) {
    *chart->mutable_end_time() = event.time();
    chart->clear_waits_for_claims();
  }
  if (change.state() == v1::STATE_SUCCEEDED) ForgetFailure(chart, run);
}

void ApplyToRun(const v1::RunEvent& event, v1::Run* run) {
  const v1::Transition& change = event.transition();
  if (change.has_queue()) *run->mutable_queue() = change.queue();
  if (change.cancel_requested()) {
    if (!run->cancel_requested()) run->set_cancelled_by(change.cancelled_by());
    run->set_cancel_requested(true);
    run->set_cancel_forced(run->cancel_forced() || change.cancel_forced());
  }
  if (!change.superseded_by().empty()) run->set_superseded_by(change.superseded_by());
  if (!change.in_place_of().empty()) run->set_in_place_of(change.in_place_of());
  if (!change.takes_over().empty()) *run->mutable_takes_over() = change.takes_over();
  if (change.run_state() == v1::RUN_STATE_UNSPECIFIED) return;
  run->set_state(change.run_state());
  if (change.run_state() != v1::RUN_STATE_QUEUED) run->clear_queue();
  if (change.run_state() == v1::RUN_STATE_RUNNING) *run->mutable_start_time() = event.time();
  if (Ended(change.run_state())) *run->mutable_end_time() = event.time();
  if (change.run_state() == v1::RUN_STATE_SUCCEEDED) run->clear_failure();
}

void ApplyTransition(const v1::RunEvent& event, v1::Run* run) {
  const v1::Transition& change = event.transition();
  if (change.chart().empty()) return ApplyToRun(event, run);
  v1::ChartRun* chart = FindChart(run, change.chart());
  if (chart == nullptr) return;
  if (change.stage() == v1::STAGE_UNSPECIFIED) return ApplyToChart(event, chart, run);
  v1::StageRun* stage = FindStage(chart, change.stage());
  if (stage == nullptr) {
    stage = chart->add_stages();
    stage->set_stage(change.stage());
    stage->set_state(v1::STATE_PENDING);
  }
  if (change.step().empty()) return ApplyToStage(event, stage);
  ApplyToStep(event, stage);
  // A step may report the chart's decision or revision together with its own end.
  if (change.decision() != v1::DECISION_UNSPECIFIED || change.revision() != 0) {
    v1::RunEvent of_chart = event;
    of_chart.mutable_transition()->clear_state();
    ApplyToChart(of_chart, chart, run);
  }
}

void ApplyFailure(const v1::Failure& failure, v1::Run* run) {
  v1::ChartRun* chart = failure.chart().empty() ? nullptr : FindChart(run, failure.chart());
  if (chart == nullptr) return AddFailure(failure, run);
  AddFailure(failure, chart);
  if (!run->has_failure() || run->failure().chart() == failure.chart()) {
    *run->mutable_failure() = chart->failure();
  }
  v1::StageRun* stage = FindStage(chart, failure.stage());
  if (stage == nullptr || failure.step().empty()) return;
  v1::StepRun* step = FindStep(stage, failure.step());
  if (step == nullptr) return;
  // Evidence and the rest are kept once, at the chart.
  *step->mutable_failure() = failure;
  step->mutable_failure()->clear_secondary();
  step->mutable_failure()->clear_left_changed();
  step->mutable_failure()->clear_handed_over();
  step->mutable_failure()->clear_evidence();
}

}  // namespace

void ApplyEvent(const v1::RunEvent& event, v1::Run* run) {
  if (event.has_snapshot()) {
    *run = event.snapshot();
    return;
  }
  if (event.sequence() <= run->sequence()) return;
  run->set_sequence(event.sequence());
  if (event.has_transition()) ApplyTransition(event, run);
  if (event.has_failure()) ApplyFailure(event.failure(), run);
}

std::string ChartKey(const v1::ChartRun& chart) {
  return absl::StrCat(chart.namespace_(), "/", chart.name());
}

std::string ChartKey(const v1::ChartInfo& chart) {
  return absl::StrCat(chart.namespace_(), "/", chart.name());
}

v1::ChartRun* FindChart(v1::Run* run, const std::string& key) {
  // Asked for every event of a run of hundreds of charts: it compares and makes no text.
  const size_t slash = key.find('/');
  if (slash == std::string::npos) return nullptr;
  const absl::string_view ns = absl::string_view(key).substr(0, slash);
  const absl::string_view name = absl::string_view(key).substr(slash + 1);
  for (v1::ChartRun& chart : *run->mutable_charts()) {
    if (chart.name() == name && chart.namespace_() == ns) return &chart;
  }
  return nullptr;
}

v1::StageRun* FindStage(v1::ChartRun* chart, v1::Stage stage) {
  for (v1::StageRun& found : *chart->mutable_stages()) {
    if (found.stage() == stage) return &found;
  }
  return nullptr;
}

bool Ended(v1::State state) {
  return state == v1::STATE_SUCCEEDED || state == v1::STATE_FAILED || state == v1::STATE_SKIPPED;
}

bool StopsDependents(v1::State state, v1::SkipReason skipped) {
  return state == v1::STATE_FAILED || skipped == v1::SKIP_REASON_CANCELLED ||
         skipped == v1::SKIP_REASON_EARLIER_FAILURE;
}

bool Ended(v1::RunState state) {
  return state == v1::RUN_STATE_SUCCEEDED || state == v1::RUN_STATE_FAILED ||
         state == v1::RUN_STATE_CANCELLED;
}

std::string AskedBy(const std::string& caller, bool forced) {
  return absl::StrCat(caller, forced ? " (forced)" : "");
}

std::string ShortName(v1::RunState state) {
  return WithoutPrefix(v1::RunState_Name(state), state, sizeof("RUN_STATE_") - 1);
}
std::string ShortName(v1::State state) {
  return WithoutPrefix(v1::State_Name(state), state, sizeof("STATE_") - 1);
}
std::string ShortName(v1::SkipReason reason) {
  return WithoutPrefix(v1::SkipReason_Name(reason), reason, sizeof("SKIP_REASON_") - 1);
}
std::string ShortName(v1::Decision decision) {
  return WithoutPrefix(v1::Decision_Name(decision), decision, sizeof("DECISION_") - 1);
}
std::string ShortName(v1::Stage stage) {
  return absl::AsciiStrToLower(WithoutPrefix(v1::Stage_Name(stage), stage, sizeof("STAGE_") - 1));
}
std::string ShortName(v1::Action action) {
  return WithoutPrefix(v1::Action_Name(action), action, sizeof("ACTION_") - 1);
}

}  // namespace wheelhouse

// A lifecycle whose charts end when the test says so.
#pragma once

#include <absl/strings/str_cat.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "server/lifecycle/core/saved_chart.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/plan/prepare.h"

namespace wheelhouse::runs {

// Takes every plan with a chart; nothing is known of profiles but their names.
inline absl::StatusOr<plan::PreparedPlan> FakePrepare(v1::Plan plan, const Principal&) {
  if (plan.charts_size() == 0) return MakeInvalid(Reason::kPlanInvalid, {{"plan.charts", "empty"}});
  plan::PreparedPlan made;
  for (const v1::ChartInfo& chart : plan.charts())
    made.profile_digests.push_back(chart.profile().empty() ? "" : "digest of " + chart.profile());
  made.plan = std::move(plan);
  return made;
}

inline absl::Status FakeAllow(const v1::Plan&, const Principal&) { return absl::OkStatus(); }

class FakeLifecycle : public lifecycle::Lifecycle {
 public:
  // Set before anything runs: whether charts leave the checks for the changes. Otherwise they have
  // the place that they begin with, to their end.
  bool takes_places = false;
  // Set before anything runs: what is collected of a chart that fails.
  std::string evidence;

  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest& request,
                                   const lifecycle::Bounds& bounds,
                                   const lifecycle::BeforeFirstChange& before_first_change,
                                   lifecycle::Journal& journal) override {
    const std::string key = absl::StrCat(request.chart.namespace_(), "/", request.chart.name());
    v1::Transition begin;
    begin.set_stage(v1::STAGE_EXEC);
    begin.set_state(v1::STATE_RUNNING);
    begin.add_steps()->set_name("helm");
    if (!journal.Record(begin, {}).ok()) return Interrupted();
    begin.clear_steps();
    begin.set_step("helm");
    if (!journal.Record(begin, {.memory = "remember me"}).ok()) return Interrupted();
    v1::Log line;
    line.set_line("hello");
    journal.Log(line);
    if (request.saves_plan &&
        !journal.Keep(lifecycle::kSavedChart, "saved by " + request.run_id).ok())
      return Interrupted();
    const auto saved = journal.Kept(lifecycle::kSavedChart);
    const auto wake = [this] {
      MutexLock lock(&mutex_);
      changed_.NotifyAll();
    };
    const auto work_wakeup = bounds.work.OnCancel(wake);
    const auto undo_wakeup = bounds.undo.OnCancel(wake);
    const auto halt_wakeup = bounds.halt.OnCancel(wake);
    lifecycle::ChartOutcome outcome;
    if (const auto claimed = before_first_change(bounds.work); !claimed.ok()) {
      if (HasReason(claimed.status(), Reason::kInterrupted)) return Interrupted();
      outcome.state = v1::STATE_FAILED;
      outcome.failure = FailureOf(claimed.status());
      return outcome;
    }
    if (takes_places) lifecycle::TakeToChange(request.slot, bounds.work);
    MutexLock lock(&mutex_);
    if (request.resume.has_value()) resumes_[key] = *request.resume;
    if (request.predecessor.has_value()) predecessors_[key] = *request.predecessor;
    running_.insert(key);
    archives_of_[key] = request.archives_of.name;
    saved_[key] = saved.ok() ? saved->value_or("") : "";
    started_.push_back(key);
    if (request.preview) previewed_.insert(key);
    most_ = std::max(most_, running_.size());
    changed_.NotifyAll();
    while (ends_.count(key) == 0 && bounds.work.Check().ok() && (changing_ || !bounds.halted())) {
      changed_.WaitFor(&mutex_, bounds.work.Remaining());
    }
    running_.erase(key);
    if (bounds.halted() && bounds.work.Check().ok() && ends_.count(key) == 0)
      return HandOver(request.run_id, bounds, journal);
    if (const absl::Status bound = bounds.work.Check(); !bound.ok()) {
      if (HasReason(bound, Reason::kLeaseLost)) return Interrupted();
      if (FailureStage(bounds)) remediated_.insert(key);
      if (HasReason(bound, Reason::kInterrupted) ||
          HasReason(bounds.failure.Check(), Reason::kInterrupted))
        return Interrupted();
      outcome.state = v1::STATE_FAILED;
      outcome.failure = FailureOf(bound);
      return outcome;
    }
    outcome.state = ends_[key];
    if (outcome.state == v1::STATE_FAILED) {
      outcome.failure = FailureOf(MakeFailure(Reason::kNotReady, key + " is not ready"));
      if (!evidence.empty()) outcome.failure.add_evidence()->set_text(evidence);
    }
    ends_.erase(key);
    return outcome;
  }

  // Blocks until the chart is in RunChart.
  void AwaitRunning(const std::string& key) {
    MutexLock lock(&mutex_);
    while (running_.count(key) == 0) changed_.Wait(&mutex_);
  }
  // Blocks until so many charts were started or taken up.
  void AwaitStarts(size_t count) {
    MutexLock lock(&mutex_);
    while (started_.size() < count) changed_.Wait(&mutex_);
  }
  bool IsRunning(const std::string& key) {
    MutexLock lock(&mutex_);
    return running_.count(key) > 0;
  }
  void End(const std::string& key, v1::State state = v1::STATE_SUCCEEDED) {
    MutexLock lock(&mutex_);
    ends_[key] = state;
    changed_.NotifyAll();
  }
  // In the order of their starts.
  std::vector<std::string> started() {
    MutexLock lock(&mutex_);
    return started_;
  }
  // Of the newest run of the chart.
  std::string archives_of(const std::string& key) {
    MutexLock lock(&mutex_);
    return archives_of_[key];
  }
  // What the newest run of the chart found saved.
  std::string saved(const std::string& key) {
    MutexLock lock(&mutex_);
    return saved_[key];
  }
  std::set<std::string> previewed() {
    MutexLock lock(&mutex_);
    return previewed_;
  }
  // Of the charts that were taken up.
  std::map<std::string, lifecycle::Resume> resumes() {
    MutexLock lock(&mutex_);
    return resumes_;
  }
  // Of the charts that took something over, their newest.
  std::map<std::string, lifecycle::Predecessor> predecessors() {
    MutexLock lock(&mutex_);
    return predecessors_;
  }
  // Charts are in the midst of a change: they do not stop for a newer run.
  void Change(bool changing) {
    MutexLock lock(&mutex_);
    changing_ = changing;
    changed_.NotifyAll();
  }
  // Whether a chart that was stopped had a failure stage that could undo something.
  bool WasRemediated(const std::string& key) {
    MutexLock lock(&mutex_);
    return remediated_.count(key) > 0;
  }
  // The failure stage lasts until its own bound ends.
  void HoldFailureStages(bool hold) {
    MutexLock lock(&mutex_);
    hold_failure_stages_ = hold;
  }
  void AwaitFailureStage() {
    MutexLock lock(&mutex_);
    while (!in_failure_stage_) changed_.Wait(&mutex_);
  }
  size_t most_at_once() {
    MutexLock lock(&mutex_);
    return most_;
  }

 private:
  static lifecycle::ChartOutcome Interrupted() {
    lifecycle::ChartOutcome outcome;
    outcome.interrupted = true;
    return outcome;
  }

  static lifecycle::ChartOutcome HandOver(const std::string& run_id,
                                          const lifecycle::Bounds& bounds,
                                          lifecycle::Journal& journal) {
    v1::Transition skipped;
    skipped.set_stage(v1::STAGE_ON_DEPLOY_FAILURE);
    skipped.set_state(v1::STATE_SKIPPED);
    skipped.set_skip_reason(v1::SKIP_REASON_SUPERSEDED);
    if (!journal.Record(skipped, {.memory = "left by " + run_id}).ok()) return Interrupted();
    lifecycle::ChartOutcome outcome;
    outcome.state = v1::STATE_FAILED;
    outcome.failure = FailureOf(bounds.halt.Check());
    outcome.failure.add_handed_over()->set_kind("Release");
    return outcome;
  }

  bool FailureStage(const lifecycle::Bounds& bounds) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    in_failure_stage_ = true;
    changed_.NotifyAll();
    while (hold_failure_stages_ && bounds.undo.Check().ok()) changed_.Wait(&mutex_);
    return bounds.undo.Check().ok();
  }

  Mutex mutex_;
  CondVar changed_;
  std::set<std::string> running_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, v1::State> ends_ ABSL_GUARDED_BY(mutex_);
  size_t most_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::string> started_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> archives_of_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> saved_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> previewed_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> remediated_ ABSL_GUARDED_BY(mutex_);
  bool hold_failure_stages_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, lifecycle::Resume> resumes_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, lifecycle::Predecessor> predecessors_ ABSL_GUARDED_BY(mutex_);
  bool changing_ ABSL_GUARDED_BY(mutex_) = false;
  bool in_failure_stage_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace wheelhouse::runs

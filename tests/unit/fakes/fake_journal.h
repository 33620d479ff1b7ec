// The journal of a chart, kept as the test reads it.
#pragma once

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/journal.h"

namespace wheelhouse::lifecycle {

// Keeps what it is told, as lines: `exec/helm FAILED`, `exec SKIPPED UNCHANGED`.
class FakeJournal : public Journal {
 public:
  absl::Status Record(const v1::Transition& transition, const JournalNote& note) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Take(transition, note));
    waits.push_back(lines.back());
    return absl::OkStatus();
  }
  absl::Status RecordSoon(const v1::Transition& transition, const JournalNote& note) override {
    MutexLock lock(&mutex_);
    return Take(transition, note);
  }
  absl::Status RecordFailure(const v1::Failure& failure) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Write());
    *events.emplace_back().mutable_failure() = failure;
    failures.push_back(failure);
    lines.push_back("failure " + failure.reason());
    return absl::OkStatus();
  }
  absl::Status Keep(const std::string& name, const std::string& bytes) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Write());
    kept[name] = bytes;
    return absl::OkStatus();
  }
  absl::Status KeepWithinBound(const std::string& name, const std::string& bytes) override {
    size_t all = bytes.size();
    {
      MutexLock lock(&mutex_);
      for (const auto& [key, others] : kept) all += key == name ? 0 : others.size();
    }
    if (kept_bytes.has_value() && all > *kept_bytes)
      return MakeFailure(Reason::kCallerLimit, "too much is kept");
    return Keep(name, bytes);
  }
  absl::StatusOr<std::optional<std::string>> Kept(const std::string& name) override {
    MutexLock lock(&mutex_);
    const auto found = kept.find(name);
    if (found == kept.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }
  absl::StatusOr<std::optional<std::string>> KeptBy(const std::string& run_id,
                                                    const std::string& name) override {
    const auto found = kept_by.find({run_id, name});
    return found == kept_by.end() ? std::nullopt : std::optional<std::string>(found->second);
  }
  absl::StatusOr<std::optional<Intention>> Intended(int revision) override {
    MutexLock lock(&mutex_);
    const auto found = intentions.find(revision);
    if (found == intentions.end()) return std::optional<Intention>();
    return std::optional<Intention>(found->second);
  }
  void Log(const v1::Log& log) override {
    MutexLock lock(&mutex_);
    logs.push_back(log.source() + ": " + log.line());
  }
  void Progress(const v1::Progress& progress) override {
    MutexLock lock(&mutex_);
    for (const auto& waiting : progress.waiting())
      waited_for.push_back(waiting.object() + " " + waiting.reason());
  }

  bool Has(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  // nullopt: any number. After them nothing is written any more: the daemon has ended.
  std::optional<int> writes_left;
  std::function<void(int writes)> on_write;  // how many there were, this one included
  absl::Status broken;
  std::vector<v1::RunEvent> events;
  std::vector<v1::Transition> transitions;
  std::vector<v1::Failure> failures;
  std::vector<std::string> lines, logs, waited_for;
  std::vector<std::string> waits;  // lines for which the chart waited for the disk
  JournalNote last_note;
  std::vector<int> intended;  // revisions, in order
  std::map<std::string, std::string> kept;
  std::map<std::pair<std::string, std::string>, std::string> kept_by;  // by run and name
  std::optional<size_t> kept_bytes;     // of all; nullopt: without bound
  std::map<int, Intention> intentions;  // by revision

 private:
  absl::Status Take(const v1::Transition& transition, const JournalNote& note)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    RETURN_IF_ERROR(Write());
    *events.emplace_back().mutable_transition() = transition;
    transitions.push_back(transition);
    lines.push_back(Line(transition));
    last_note = note;
    if (note.intended_revision != 0 &&
        (intended.empty() || intended.back() != note.intended_revision))
      intended.push_back(note.intended_revision);
    return absl::OkStatus();
  }
  absl::Status Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (on_write) on_write(++writes_);
    if (writes_left.has_value() && --*writes_left < 0)
      return MakeFailure(Reason::kStoreUnavailable, "the daemon has ended");
    return broken;
  }
  static std::string Line(const v1::Transition& transition) {
    if (transition.decision() != v1::DECISION_UNSPECIFIED)
      return "decision " + ShortName(transition.decision());
    std::string line = ShortName(transition.stage());
    if (!transition.step().empty()) absl::StrAppend(&line, "/", transition.step());
    absl::StrAppend(&line, " ", ShortName(transition.state()));
    if (transition.skip_reason() != v1::SKIP_REASON_UNSPECIFIED)
      absl::StrAppend(&line, " ", ShortName(transition.skip_reason()));
    if (transition.state() == v1::STATE_RUNNING && transition.attempt() > 1)
      absl::StrAppend(&line, " try ", transition.attempt());
    return line;
  }
  int writes_ = 0;
  Mutex mutex_;
};

}  // namespace wheelhouse::lifecycle

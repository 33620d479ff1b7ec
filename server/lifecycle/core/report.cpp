#include "server/lifecycle/core/report.h"

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::lifecycle {

Report::Report(Journal& journal, const Known& known)
    : journal_(journal),
      stored_trail_(journal),
      known_(known),
      secrets_(known.asked.request.chart),
      redactor_(secrets_.of_chart()) {}

std::string Report::Mask(absl::string_view text) const { return ValidUtf8(redactor_.Mask(text)); }

v1::Failure Report::FailureHere(const absl::Status& status) const {
  v1::Failure failure = FailureOf(status);
  failure.set_chart(known_.asked.Name());
  failure.set_stage(position_.stage);
  failure.set_step(position_.step);
  failure.set_message(Mask(failure.message()));
  failure.set_helm_output(Mask(failure.helm_output()));
  for (auto& [key, value] : *failure.mutable_details()) value = Mask(value);
  return failure;
}

absl::Status Report::Record(const v1::Transition& transition) {
  return Record(transition, known_.trail.intended_revision());
}

absl::Status Report::Record(const v1::Transition& transition, int intended_revision) {
  ASSIGN_OR_RETURN(std::string trail, stored_trail_.Write(known_.trail));
  return journal_.Record(transition,
                         {.intended_revision = intended_revision, .memory = std::move(trail)});
}

absl::Status Report::RecordFailure(const v1::Failure& failure) {
  return journal_.RecordFailure(failure);
}

absl::Status Report::RecordIntention(int revision, const std::string& outcome) {
  v1::Transition transition;
  transition.set_stage(position_.stage);
  transition.set_step(position_.step);
  transition.set_state(v1::STATE_RUNNING);
  transition.set_attempt(position_.attempt);
  transition.set_outcome(outcome);
  return Record(transition, revision);
}

void Report::Log(const std::string& source, absl::string_view line) {
  Said(v1::LOG_KIND_UNSPECIFIED, source, line);
}

void Report::Said(v1::LogKind kind, const std::string& source, absl::string_view line) {
  v1::Log log;
  log.set_kind(kind);
  log.set_stage(position_.stage);
  log.set_step(position_.step);
  log.set_source(source);
  log.set_line(Mask(line));
  journal_.Log(log);
}

void Report::Progress(v1::Progress progress) {
  progress.set_stage(position_.stage);
  progress.set_step(position_.step);
  for (auto& waiting : *progress.mutable_waiting()) waiting.set_reason(Mask(waiting.reason()));
  journal_.Progress(progress);
}

void Report::Waiting(const std::string& object, const std::string& reason) {
  v1::Progress progress;
  progress.set_total(1);
  progress.add_waiting()->set_object(object);
  progress.mutable_waiting(0)->set_reason(reason);
  Progress(std::move(progress));
}

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/core/chart_context.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/helm/values.h"
#include "server/lifecycle/core/memory.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kAfterForce = absl::Seconds(30);

}  // namespace

ChartContext::ChartContext(const ChartRequest& request, const Services& services,
                           const Bounds& bounds, const BeforeFirstChange& before_first_change,
                           Journal& journal)
    : request(request),
      services(services),
      bounds(bounds),
      before_first_change(before_first_change),
      journal(journal),
      redactor(helm::SecretsIn(request.chart)),
      info_(request.chart) {}

absl::StatusOr<std::vector<helm::ReleaseRecord>> ChartContext::Records(const Context& context) {
  return helm::ListRecords(context, kube(), info_.namespace_(), info_.name());
}

absl::Status ChartContext::CheckNamespace(const std::string& ns, const std::string& object) const {
  if (ns.empty() || request.namespaces.empty() || request.namespaces.count(ns) > 0)
    return absl::OkStatus();
  return MakeFailure(
      Reason::kNamespaceNotAllowed,
      absl::StrCat(object, " is in the namespace ", ns, ", which the run does not hold"),
      {{"object", object}, {"namespace", ns}});
}

absl::StatusOr<kube::ObjectId> ChartContext::Identify(const Context& context,
                                                      const std::string& api_version,
                                                      const std::string& kind,
                                                      const std::string& ns,
                                                      const std::string& name) {
  ASSIGN_OR_RETURN(const kube::ResourceType type, kube().Resolve(context, api_version, kind));
  kube::ObjectId id{type, "", name};
  if (type.namespaced) id.ns = ns.empty() ? info().namespace_() : ns;
  RETURN_IF_ERROR(CheckNamespace(id.ns, id.ToString()));
  return id;
}

absl::StatusOr<std::string> ChartContext::Expand(
    const std::string& text, const std::function<std::string(const std::string&)>& escape) const {
  static constexpr char kOpen[] = "${payload.";
  std::string expanded;
  size_t begin = 0;
  for (size_t at; (at = text.find(kOpen, begin)) != std::string::npos;) {
    const size_t key_at = at + sizeof(kOpen) - 1, end = text.find('}', key_at);
    if (end == std::string::npos) break;
    const std::string key = text.substr(key_at, end - key_at);
    const auto found = payload.find(key);
    if (found == payload.end()) {
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("no step has set the payload key ", key));
    }
    absl::StrAppend(&expanded, text.substr(begin, at - begin),
                    escape ? escape(found->second) : found->second);
    begin = end + 1;
  }
  return expanded + text.substr(begin);
}

Context ChartContext::AfterForce() const {
  return bounds.failure.WithTimeout(
      kAfterForce,
      MakeFailure(Reason::kStepFailed,
                  absl::StrCat("took longer than the ", absl::FormatDuration(kAfterForce),
                               " that there are after a forced cancel")));
}

absl::Status ChartContext::LostClaims() const {
  absl::Status ended = bounds.failure.Check();
  return HasReason(ended, Reason::kLeaseLost) ? ended : absl::OkStatus();
}

bool ChartContext::Stops(const absl::Status& status) const {
  return HasReason(status, Reason::kInterrupted) || HasReason(status, Reason::kShuttingDown) ||
         (!status.ok() && !LostClaims().ok());
}

const v1::StageRun* ChartContext::Before(v1::Stage of) const {
  if (!facts.resumed) return nullptr;
  for (const v1::StageRun& found : request.resume->chart.stages()) {
    if (found.stage() == of) return &found;
  }
  return nullptr;
}

std::string ChartContext::Mask(absl::string_view text) const {
  return ValidUtf8(redactor.Mask(text));
}

v1::Failure ChartContext::FailureHere(const absl::Status& status) const {
  v1::Failure failure = FailureOf(status);
  failure.set_chart(Name());
  failure.set_stage(stage);
  failure.set_step(step);
  failure.set_message(Mask(failure.message()));
  failure.set_helm_output(Mask(failure.helm_output()));
  for (auto& [key, value] : *failure.mutable_details()) value = Mask(value);
  return failure;
}

JournalNote ChartContext::Note() const {
  return {.intended_revision = facts.intended_revision,
          .baseline_revision = facts.baseline_revision,
          .fingerprint = facts.fingerprint,
          .memory = MemoryOf(*this)};
}

absl::Status ChartContext::TellDecision() {
  v1::Transition transition;
  transition.set_decision(facts.decision);
  transition.set_outcome(facts.decision_reason);
  transition.set_chart_version(facts.chart.chart.version);
  transition.set_chart_digest(facts.chart.chart.digest);
  for (const v1::Loss& loss : facts.losses) *transition.add_losses() = loss;
  return journal.Record(transition, Note());
}

void ChartContext::LeaveChanged(const StepTraits& traits, const std::string& effect) {
  facts.left_changed.Note(traits.kind, absl::StrCat(ShortName(stage), "/", step), effect);
}

void ChartContext::Log(const std::string& source, absl::string_view line) {
  v1::Log log;
  log.set_stage(stage);
  log.set_step(step);
  log.set_source(source);
  log.set_line(Mask(line));
  journal.Log(log);
}

void ChartContext::Tell(v1::Progress progress) {
  progress.set_stage(stage);
  progress.set_step(step);
  for (auto& waiting : *progress.mutable_waiting()) waiting.set_reason(Mask(waiting.reason()));
  journal.Progress(progress);
}

}  // namespace wheelhouse::lifecycle

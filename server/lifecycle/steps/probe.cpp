#include <absl/strings/str_cat.h>

#include "common/formats/service_path.h"
#include "common/status_macros.h"
#include "server/lifecycle/outgoing/outgoing.h"
#include "server/lifecycle/outgoing/probe_target.h"
#include "server/lifecycle/plan/field_checks.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"
#include "server/lifecycle/steps/streak.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kAskEvery = absl::Seconds(1);
constexpr StepTraits kTraits{"probe", true};

class ProbeStep final : public Step {
 public:
  ProbeStep(const v1::ProbeStep& step, StepSettings settings)
      : Step(std::move(settings)), probe_(step), target_(MakeProbeTarget(probe_)) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const std::string shown = target_->Shown(chart);
    Streak streak(chart.services.clock, probe_.hold(), probe_.successes());
    std::string standing = "has not answered yet";
    while (true) {
      const auto lacks = target_->Lacks(context, chart);
      RETURN_IF_ERROR(Waiting(shown, standing, context.Check()));
      RETURN_IF_ERROR(lacks.status());
      if (streak.Saw(lacks->empty())) return StepResult::Done("it answers as wanted");
      standing = lacks->empty() ? absl::StrCat("answers ", streak.Progress()) : *lacks;
      v1::Progress progress;
      progress.set_total(1);
      progress.add_waiting()->set_object(shown);
      progress.mutable_waiting(0)->set_reason(standing);
      chart.Tell(progress);
      RETURN_IF_ERROR(Waiting(shown, standing, context.Sleep(kAskEvery)));
    }
  }

 private:
  static absl::Status Waiting(const std::string& shown, const std::string& standing,
                              const absl::Status& status) {
    return While(absl::StrCat("probing ", shown, ", which ", standing), status);
  }

  const v1::ProbeStep probe_;
  const std::unique_ptr<ProbeTarget> target_;  // of probe_
};

// `probe` is an HttpProbe or a ServiceProbe.
template <typename Probe>
void CheckAnswer(const Probe& probe, const std::string& path, Wrong* wrong) {
  for (int i = 0; i < probe.statuses_size(); ++i)
    CheckRange(probe.statuses(i), 100, 599, absl::StrCat(path, ".statuses[", i, "]"), wrong);
  CheckStatic(probe.body_contains(), path + ".body_contains", wrong);
}

// `probe` is a TcpProbe or a GrpcProbe.
template <typename Probe>
void CheckEndpoint(const Probe& probe, const std::string& path, Wrong* wrong) {
  if (const std::string what = CheckHost(probe.host()); !what.empty())
    wrong->push_back({path + ".host", what});
  CheckRange(probe.port(), 1, 65535, path + ".port", wrong);
}

void CheckService(const v1::ServiceProbe& probe, const std::string& path, Wrong* wrong) {
  CheckLabel(probe.name(), 63, path + ".name", wrong);
  if (!probe.namespace_().empty()) CheckLabel(probe.namespace_(), 63, path + ".namespace", wrong);
  CheckLabel(probe.port(), 63, path + ".port", wrong);
  if (!probe.path().empty()) {
    if (const std::string what = CheckServicePath(probe.path()); !what.empty())
      wrong->push_back({path + ".path", what});
    CheckStatic(probe.path(), path + ".path", wrong);
  }
  CheckAnswer(probe, path, wrong);
}

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const v1::ProbeStep& probe = step.probe();
  const std::string at = path + ".probe";
  CheckPositive(probe.has_hold(), probe.hold(), at + ".for", wrong);
  CheckRange(probe.successes(), 0, 1000, at + ".successes", wrong);
  if (probe.has_http()) {
    if (const std::string what = CheckUrl(probe.http().url()); !what.empty())
      wrong->push_back({at + ".http.url", what});
    CheckAnswer(probe.http(), at + ".http", wrong);
  } else if (probe.has_tcp()) {
    CheckEndpoint(probe.tcp(), at + ".tcp", wrong);
  } else if (probe.has_grpc()) {
    CheckEndpoint(probe.grpc(), at + ".grpc", wrong);
    CheckStatic(probe.grpc().service(), at + ".grpc.service", wrong);
  } else if (probe.has_service()) {
    CheckService(probe.service(), at + ".service", wrong);
  } else {
    wrong->push_back({at, "expected what to probe: http, tcp, grpc or service"});
  }
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  const std::string& ns = step.probe().service().namespace_();
  if (!ns.empty()) namespaces->insert(ns);
}

template <typename Probe>
absl::Status EndpointAllowed(const Probe& probe, const Egress& egress) {
  return CheckTarget(egress, probe.host(), probe.port(), ShownEndpoint(probe.host(), probe.port()));
}

absl::Status Allowed(const v1::Step& step, const Services& services) {
  const v1::ProbeStep& probe = step.probe();
  if (probe.has_tcp()) return EndpointAllowed(probe.tcp(), services.egress);
  if (probe.has_grpc()) return EndpointAllowed(probe.grpc(), services.egress);
  if (probe.has_http())
    return CheckUrlTarget(services.egress, probe.http().url(), ShownUrl(probe.http().url()));
  return absl::OkStatus();
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ProbeStep>(step.probe(), std::move(settings));
}

}  // namespace

const StepKind kProbeKind{v1::Step::kProbe, "probe", &kTraits, Make, Check, Namespaces, Allowed};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/probe_target.h"
#include "server/lifecycle/steps/callers/streak.h"
#include "server/outgoing/outgoing.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kAskEvery = absl::Seconds(1);
constexpr StepTraits kTraits{"probe", true};

class ProbeStep final : public StepOn<> {
 public:
  ProbeStep(const v1::ProbeStep& step, StepSettings settings)
      : StepOn(std::move(settings)), probe_(step), target_(MakeProbeTarget(probe_)) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    const std::string shown = target_->Shown(chart);
    Streak streak(chart.services.clock, probe_.hold(), probe_.successes());
    std::string standing = "has not answered yet";
    while (true) {
      const auto lacks = target_->Lacks(context, chart);
      RETURN_IF_ERROR(Waiting(shown, standing, context.Check()));
      RETURN_IF_ERROR(lacks.status());
      if (streak.Saw(lacks->empty())) return StepResult::Done("it answers as expected");
      standing = lacks->empty() ? absl::StrCat("answers ", streak.Progress()) : *lacks;
      chart.report.Waiting(shown, standing);
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

template <typename Probe>
absl::Status EndpointAllowed(const Probe& probe, const outgoing::Egress& egress) {
  return outgoing::CheckTarget(egress, probe.host(), probe.port(),
                               plan::ShownEndpoint(probe.host(), probe.port()));
}

absl::Status Allowed(const v1::Step& step, const Services& services) {
  const v1::ProbeStep& probe = step.probe();
  if (probe.has_tcp()) return EndpointAllowed(probe.tcp(), services.egress);
  if (probe.has_grpc()) return EndpointAllowed(probe.grpc(), services.egress);
  if (probe.has_http())
    return outgoing::CheckUrlTarget(services.egress, probe.http().url(),
                                    plan::ShownUrl(probe.http().url()));
  return absl::OkStatus();
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ProbeStep>(step.probe(), std::move(settings));
}

}  // namespace

const CallerStep kProbeStep{v1::Step::kProbe, &kTraits, Make, Allowed};

}  // namespace wheelhouse::lifecycle

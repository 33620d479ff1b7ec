#include <absl/strings/str_cat.h>

#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/payload.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/outgoing/outgoing.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"notify", false, ResumeKind::kOnce};

// The default body of a notification.
std::string Account(const Chart& chart, const Decided& decided, const Failures& failures) {
  kube::Json account = {{"run", chart.asked.request.run_id},
                        {"cluster", chart.asked.request.cluster->config().name},
                        {"chart", chart.info().name()},
                        {"namespace", chart.info().namespace_()},
                        {"stage", ShortName(chart.report.position().stage)},
                        {"decision", ShortName(decided.decision)}};
  if (const v1::Failure& failure = failures.first; !failure.reason().empty()) {
    account["reason"] = failure.reason();
    account["message"] = failure.message();
  }
  return account.dump();
}

class NotifyStep final : public StepOn<const Decided, const Trail, const Failures> {
 public:
  NotifyStep(const v1::NotifyStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Decided& decided,
                                 const Trail& trail, const Failures& failures) override {
    outgoing::OutgoingRequest request{step_.url(), plan::ShownOrigin(step_.url())};
    request.content_type = step_.content_type().empty() ? "application/json" : step_.content_type();
    if (step_.body().empty()) {
      request.body = Account(chart, decided, failures);
    } else {
      ASSIGN_OR_RETURN(request.body, Expand(trail, step_.body(), [](const std::string& value) {
                         return EscapeControls(value, true);
                       }));
    }
    ASSIGN_OR_RETURN(const outgoing::HttpAnswer answer,
                     outgoing::Ask(context, chart.services.egress, request));
    if (answer.status < 200 || answer.status > 299)
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("the webhook at ", request.shown, " answers ", answer.status,
                                      ", expected 200 to 299"));
    return StepResult::Done(absl::StrCat("notified ", request.shown));
  }

 private:
  const v1::NotifyStep step_;
};

absl::Status Allowed(const v1::Step& step, const Services& services) {
  const std::string& url = step.notify().url();
  return outgoing::CheckUrlTarget(services.egress, url, plan::ShownOrigin(url));
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<NotifyStep>(step.notify(), std::move(settings));
}

}  // namespace

const CallerStep kNotifyStep{v1::Step::kNotify, &kTraits, Make, Allowed};

}  // namespace wheelhouse::lifecycle

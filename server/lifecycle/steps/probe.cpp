#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/lifecycle/egress.h"
#include "server/lifecycle/field_checks.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kAskEvery = absl::Seconds(1);
constexpr StepTraits kTraits{"probe", true};

std::string Wanted(const v1::HttpProbe& probe) {
  return probe.statuses().empty() ? "200 to 399" : absl::StrJoin(probe.statuses(), ", ");
}

// What the answer lacks; empty when it is as wanted. It tells nothing of the body: that may be
// somebody's secret.
std::string Missing(const v1::HttpProbe& probe, const HttpAnswer& answer) {
  const bool status =
      probe.statuses().empty()
          ? answer.status >= 200 && answer.status < 400
          : std::ranges::find(probe.statuses(), answer.status) != probe.statuses().end();
  if (!status) return absl::StrCat("answers ", answer.status, ", wanted ", Wanted(probe));
  if (!absl::StrContains(answer.body, probe.body_contains()))
    return absl::StrCat("answers ", answer.status, ", but its body does not hold \"",
                        probe.body_contains(), "\"");
  return "";
}

class ProbeStep final : public Step {
 public:
  ProbeStep(const v1::ProbeStep& step, StepSettings settings)
      : Step(std::move(settings)), probe_(step.http()) {}
  const StepTraits& traits() const override { return kTraits; }

  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const std::string shown = ShownUrl(probe_.url());
    std::string missing = "has not answered yet";
    while (true) {
      const auto answer = GetWithin(context, chart.services.egress, probe_.url());
      RETURN_IF_ERROR(Waiting(shown, missing, context.Check()));
      if (answer.ok()) {
        missing = Missing(probe_, *answer);
        if (missing.empty()) return StepResult::Done(absl::StrCat("it answers ", answer->status));
      } else if (HasReason(answer.status(), Reason::kStepFailed)) {
        const std::string message = FailureOf(answer.status()).message();
        missing = std::string(absl::StripPrefix(message, shown + " "));
      } else {
        return answer.status();
      }
      v1::Progress progress;
      progress.set_total(1);
      progress.add_waiting()->set_object(shown);
      progress.mutable_waiting(0)->set_reason(missing);
      chart.Tell(progress);
      RETURN_IF_ERROR(Waiting(shown, missing, context.Sleep(kAskEvery)));
    }
  }

 private:
  static absl::Status Waiting(const std::string& shown, const std::string& missing,
                              const absl::Status& status) {
    return While(absl::StrCat("probing ", shown, ", which ", missing), status);
  }

  const v1::HttpProbe probe_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  if (!step.probe().has_http())
    return wrong->push_back({path + ".probe", "expected what to probe: http"});
  const v1::HttpProbe& probe = step.probe().http();
  const std::string at = path + ".probe.http";
  if (const std::string what = CheckUrl(probe.url()); !what.empty())
    wrong->push_back({at + ".url", what});
  for (int i = 0; i < probe.statuses_size(); ++i)
    CheckRange(probe.statuses(i), 100, 599, absl::StrCat(at, ".statuses[", i, "]"), wrong);
  CheckStatic(probe.body_contains(), at + ".body_contains", wrong);
}

void Namespaces(const v1::Step&, std::set<std::string>*) {}

absl::Status Allowed(const v1::Step& step, const Services& services) {
  return CheckTarget(services.egress, step.probe().http().url());
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ProbeStep>(step.probe(), std::move(settings));
}

}  // namespace

const StepKind kProbeKind{v1::Step::kProbe, "probe", &kTraits, Make, Check, Namespaces, Allowed};

}  // namespace wheelhouse::lifecycle

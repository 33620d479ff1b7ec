#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"adopt"};

class AdoptStep final : public StepOn<const Found, const Decided, Trail> {
 public:
  AdoptStep(const v1::AdoptStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Preview(const Context& context, const Chart& chart, const Found& found,
                                     const Decided&, const Trail&) override {
    std::string rest;
    ASSIGN_OR_RETURN(const auto candidates, Look(context, chart, found, &rest));
    const auto unowned = std::ranges::count(candidates, Owner::kNobody, &Candidate::owner);
    return StepResult::Done(absl::StrCat("adopts ", unowned, rest));
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Decided& decided, Trail& trail) override {
    // An unchanged chart is not rendered, and its objects are its own.
    if (decided.decision == v1::DECISION_UNCHANGED)
      return StepResult::Skipped(v1::SKIP_REASON_UNCHANGED, "the release owns its objects");
    std::string rest;
    // All of them before any is changed.
    ASSIGN_OR_RETURN(const auto candidates, Look(context, chart, found, &rest));
    RETURN_IF_ERROR(Save(chart, found, trail, candidates));
    int adopted = 0;
    for (const Candidate& candidate : candidates) {
      RETURN_IF_ERROR(TakeOver(context, chart, trail, candidate));
      if (candidate.owner == Owner::kNobody) ++adopted;
    }
    return StepResult::Done(absl::StrCat("adopted ", adopted, rest));
  }

 private:
  // `rest`: what is reported beside the number of adopted objects.
  absl::StatusOr<std::vector<Candidate>> Look(const Context& context, const Chart& chart,
                                              const Found& found, std::string* rest) const {
    std::vector<std::string> not_rendered;
    ASSIGN_OR_RETURN(
        auto candidates,
        FindCandidates(context, chart, found, {step_.objects().begin(), step_.objects().end()},
                       &not_rendered));
    *rest = absl::StrCat(" of ", step_.objects_size(), " objects",
                         not_rendered.empty() ? "" : "; the chart does not render ",
                         absl::StrJoin(not_rendered, ", "));
    return candidates;
  }

  static absl::Status Save(const Chart& chart, const Found& found, const Trail& trail,
                           const std::vector<Candidate>& candidates) {
    std::vector<kube::Json> to_save;
    for (const Candidate& candidate : candidates) {
      // What the objects of a release without a good revision were before is unknown: they are kept
      // as they are, and never uninstalled.
      if (candidate.owner == Owner::kNobody || trail.baseline_revision() == 0)
        to_save.push_back(candidate.live);
    }
    return to_save.empty() ? absl::OkStatus()
                           : KeepAdopted(chart, found, std::move(to_save), trail);
  }

  const v1::AdoptStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<AdoptStep>(step.adopt(), std::move(settings));
}

}  // namespace

const CallerStep kAdoptStep{v1::Step::kAdopt, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include <string>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/release/await_revision.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/release/roll_back.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class RollbackStep final : public StepOn<Trail> {
 public:
  RollbackStep() : StepOn({.name = "helm", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"helm", false, ResumeKind::kCheckable};
    return kTraits;
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart&, const Trail& trail) override {
    return StepResult::Done(absl::StrCat("goes back to revision ", trail.rollback_target()));
  }
  absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart,
                                   Trail& trail) override {
    if (trail.asked_attempt() != trail.attempt()) return false;
    RETURN_IF_ERROR(
        ClaimRollback(context, chart, trail.rollback_target(), trail.intended_revision()));
    ASSIGN_OR_RETURN(const bool done, HelmHasDone(context, chart, trail));
    return done && !chart.info().wait();
  }

  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    // The daemon may have ended while the run waited.
    ASSIGN_OR_RETURN(const bool asked, HelmHasDone(context, chart, trail));
    if (!asked) RETURN_IF_ERROR(AskHelm(context, chart, trail));
    std::string notes;
    if (chart.info().wait()) {
      ASSIGN_OR_RETURN(notes, AwaitRevision(context, chart, trail, trail.made_revision()));
    }
    return StepResult::Done(absl::StrCat("rolled back to revision ", trail.rollback_target(),
                                         ", as revision ", trail.made_revision(), notes));
  }

 private:
  static absl::Status AskHelm(const Context& context, const Chart& chart, Trail& trail) {
    ASSIGN_OR_RETURN(const int intended, NextRevision(context, chart));
    trail.set_intended_revision(intended);
    trail.set_asked_attempt(trail.attempt());
    const auto revision =
        RollBackTo(context, chart, trail, {trail.rollback_target(), intended, chart.info().wait()});
    absl::Status found_made = FindMade(chart.bounds.failure, chart, trail);
    // After a failure remediation looks again; else what follows has to know the revision.
    RETURN_IF_ERROR(revision.status());
    return found_made;
  }
};

}  // namespace

std::unique_ptr<Step> MakeRollbackStep() { return std::make_unique<RollbackStep>(); }

}  // namespace wheelhouse::lifecycle

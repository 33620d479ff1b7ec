#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class RecordStep final : public StepOn<const Decided, const Trail> {
 public:
  RecordStep() : StepOn({.name = "record", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"record", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Decided& decided,
                                 const Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, decided, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    const int made = trail.made_revision();
    ASSIGN_OR_RETURN(const auto records,
                     made != 0 ? chart.RecordsFrom(context, made) : chart.Records(context));
    if (records.empty())
      return MakeFailure(Reason::kValidationFailed,
                         absl::StrCat("the release ", chart.Name(), " is gone"));
    const helm::ReleaseRecord& newest = records[0];
    const bool ours = trail.intended_revision() == 0 || newest.revision == made;
    if (newest.status != "deployed" || !ours) {
      return MakeFailure(
          Reason::kValidationFailed,
          absl::StrCat("the newest revision of ", chart.Name(), " is ", newest.revision, ", ",
                       newest.status, ours ? "" : ", and was not made by this run"));
    }
    return StepResult::Done(absl::StrCat("revision ", newest.revision, " is deployed"));
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Decided& decided,
                                     const Trail&) override {
    return NothingAsked(chart, decided)
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the helm step is skipped")
               : StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeRecordStep() { return std::make_unique<RecordStep>(); }

}  // namespace wheelhouse::lifecycle

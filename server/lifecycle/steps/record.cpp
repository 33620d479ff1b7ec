#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class RecordStep final : public Step {
 public:
  RecordStep() : Step({.name = "record", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"record", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(
        const auto records,
        helm::ListRecords(context, chart.kube(), chart.info().namespace_(), chart.info().name()));
    if (records.empty())
      return MakeFailure(Reason::kValidationFailed,
                         absl::StrCat("the release ", chart.Name(), " is gone"));
    const helm::ReleaseRecord& newest = records[0];
    const int made = chart.facts.made_revision;
    if (newest.status != "deployed" || (made != 0 && newest.revision != made)) {
      return MakeFailure(
          Reason::kValidationFailed,
          absl::StrCat("the newest revision of ", chart.Name(), " is ", newest.revision, ", ",
                       newest.status, made != 0 ? absl::StrCat("; this run made ", made) : ""));
    }
    return StepResult::Done(absl::StrCat("revision ", newest.revision, " is deployed"));
  }
};

}  // namespace

std::unique_ptr<Step> MakeRecordStep() { return std::make_unique<RecordStep>(); }

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include <optional>
#include <string>

#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/made.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class WorkloadsStep final : public StepOn<const Found, const Decided, const Trail> {
 public:
  WorkloadsStep() : StepOn({.name = "workloads", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"workloads", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Decided& decided, const Trail& trail) override {
    ASSIGN_OR_RETURN(StepResult preview, Preview(context, chart, found, decided, trail));
    if (preview.skipped != v1::SKIP_REASON_UNSPECIFIED) return preview;
    ASSIGN_OR_RETURN(const auto manifest, ObjectsOfRun(context, chart, found, trail));
    const auto objects = AwaitedIn(context, chart, manifest);
    ASSIGN_OR_RETURN(std::optional<std::string> notes, ReadyAlready(context, chart, objects));
    if (!notes.has_value()) {
      // What the objects say while they are waited for is masked, by texts that are not remembered.
      if (!manifest.empty() && manifest[0].text.empty())
        RETURN_IF_ERROR(ReadManifestOf(context, chart, found.records[0]).status());
      ASSIGN_OR_RETURN(notes, AwaitReady(context, chart, objects, RolloutOptionsOf(chart)));
    }
    return StepResult::Done(absl::StrCat(objects.size(), " objects are ready", *notes));
  }
  absl::StatusOr<StepResult> Preview(const Context&, const Chart& chart, const Found&,
                                     const Decided& decided, const Trail&) override {
    if (!chart.info().wait()) return StepResult::Skipped(v1::SKIP_REASON_BY_REQUEST, "wait is off");
    return NothingAsked(chart, decided)
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "the helm step is skipped")
               : StepResult::Done("");
  }
};

}  // namespace

std::unique_ptr<Step> MakeWorkloadsStep() { return std::make_unique<WorkloadsStep>(); }

}  // namespace wheelhouse::lifecycle

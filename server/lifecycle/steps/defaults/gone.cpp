#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class GoneStep final : public StepOn<const Found> {
 public:
  GoneStep() : StepOn({.name = "gone", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"gone", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 const Found& found) override {
    ASSIGN_OR_RETURN(const auto records, chart.Records(context));
    if (!records.empty()) {
      return MakeFailure(Reason::kValidationFailed,
                         absl::StrCat("the release ", chart.Name(), " still has records: revision ",
                                      records[0].revision, " is ", records[0].status));
    }
    std::vector<std::string> kept;
    for (const kube::ObjectId& id : ServedObjects(context, chart, found.doomed)) {
      ASSIGN_OR_RETURN(const bool is_kept, AwaitGone(context, chart, id));
      if (is_kept) kept.push_back(id.ToString());
    }
    return StepResult::Done(kept.empty() ? "nothing is left"
                                         : absl::StrCat("kept by helm.sh/resource-policy: ",
                                                        absl::StrJoin(kept, ", ")));
  }

 private:
  // Foreground deletion continues after helm has returned. True when the object's author has it
  // kept.
  static absl::StatusOr<bool> AwaitGone(const Context& context, const Chart& chart,
                                        const kube::ObjectId& id) {
    while (true) {
      const auto found = chart.kube().Get(context, id);
      if (HasReason(found.status(), Reason::kObjectNotFound)) return false;
      RETURN_IF_ERROR(found.status());
      if (KeptByPolicy(*found)) return true;
      RETURN_IF_ERROR(While(absl::StrCat("waiting until ", id.ToString(), " is gone"),
                            context.Sleep(absl::Milliseconds(250))));
    }
  }
};

}  // namespace

std::unique_ptr<Step> MakeGoneStep() { return std::make_unique<GoneStep>(); }

}  // namespace wheelhouse::lifecycle

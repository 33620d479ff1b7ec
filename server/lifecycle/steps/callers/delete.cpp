#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "server/kube/readiness/troubles.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"delete"};

class DeleteStep final : public StepOn<Trail> {
 public:
  DeleteStep(const v1::DeleteStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    std::vector<kube::ObjectId> ids;
    ASSIGN_OR_RETURN(auto found, FindObjects(context, chart, step_.objects(), step_.selectors()));
    int deleted = 0;
    for (kube::ObjectId& id : found) {
      if (step_.crash_looping_only()) {
        ASSIGN_OR_RETURN(const bool loops, CrashLoops(context, chart, id));
        if (!loops) continue;
      }
      ids.push_back(std::move(id));
    }
    for (const kube::ObjectId& id : ids) {
      const absl::Status status =
          NoteChange(trail, id, kDeleted, chart.kube().Delete(context, id, {}));
      if (HasReason(status, Reason::kObjectNotFound)) continue;
      RETURN_IF_ERROR(status);
      ++deleted;
    }
    for (const kube::ObjectId& id : ids) {
      while (!step_.no_wait()) {
        const absl::Status found = chart.kube().Get(context, id).status();
        if (HasReason(found, Reason::kObjectNotFound)) break;
        RETURN_IF_ERROR(found);
        RETURN_IF_ERROR(While(absl::StrCat("waiting until ", id.ToString(), " is gone"),
                              context.Sleep(absl::Milliseconds(250))));
      }
    }
    return StepResult::Done(absl::StrCat("deleted ", deleted, " of ", ids.size(), " objects"));
  }

 private:
  static absl::StatusOr<bool> CrashLoops(const Context& context, const Chart& chart,
                                         const kube::ObjectId& id) {
    const auto pod = chart.kube().Get(context, id);
    if (HasReason(pod.status(), Reason::kObjectNotFound)) return false;
    RETURN_IF_ERROR(pod.status());
    return std::ranges::any_of(kube::TroublesOf(*pod), [](const kube::Trouble& trouble) {
      return trouble.reason == "CrashLoopBackOff";
    });
  }

  const v1::DeleteStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<DeleteStep>(step.delete_(), std::move(settings));
}

}  // namespace

const CallerStep kDeleteStep{v1::Step::kDelete, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

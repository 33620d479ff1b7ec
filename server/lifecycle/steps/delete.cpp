#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"delete"};

class DeleteStep final : public Step {
 public:
  DeleteStep(const v1::DeleteStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(const auto ids,
                     FindObjects(context, chart, step_.objects(), step_.selectors()));
    int deleted = 0;
    for (const kube::ObjectId& id : ids) {
      const absl::Status status =
          chart.LeaveChanged(id, kDeleted, chart.kube().Delete(context, id, {}));
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
  const v1::DeleteStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  CheckRefs(step.delete_().objects(), step.delete_().selectors(), path + ".delete", wrong);
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.delete_().objects(), step.delete_().selectors(), namespaces);
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<DeleteStep>(step.delete_(), std::move(settings));
}

}  // namespace

const StepKind kDeleteKind{v1::Step::kDelete, "delete", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/objects/restart.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "common/status_macros.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"restart"};

class RestartStep final : public Step {
 public:
  RestartStep(const v1::RestartStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(const auto ids,
                     FindObjects(context, chart, step_.objects(), step_.selectors()));
    for (const kube::ObjectId& id : ids) RETURN_IF_ERROR(RestartPods(context, chart, id));
    if (!step_.no_wait()) RETURN_IF_ERROR(AwaitReady(context, chart, ids));
    return StepResult::Done(absl::StrCat("restarted ", ids.size(), " workloads"));
  }

 private:
  const v1::RestartStep step_;
};

void CheckKind(const std::string& kind, const std::string& path,
               std::vector<FieldViolation>* wrong) {
  if (!kind.empty() && !Restartable(kind))
    wrong->push_back({path + ".kind", "must be Deployment, StatefulSet or DaemonSet"});
}

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const v1::RestartStep& restart = step.restart();
  CheckRefs(restart.objects(), restart.selectors(), path + ".restart", wrong);
  for (int i = 0; i < restart.objects_size(); ++i)
    CheckKind(restart.objects(i).kind(), absl::StrCat(path, ".restart.objects[", i, "]"), wrong);
  for (int i = 0; i < restart.selectors_size(); ++i)
    CheckKind(restart.selectors(i).kind(), absl::StrCat(path, ".restart.selectors[", i, "]"),
              wrong);
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.restart().objects(), step.restart().selectors(), namespaces);
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<RestartStep>(step.restart(), std::move(settings));
}

}  // namespace

const StepKind kRestartKind{v1::Step::kRestart, "restart", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle

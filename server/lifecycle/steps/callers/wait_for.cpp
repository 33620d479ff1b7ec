#include <absl/strings/str_cat.h>

#include "common/formats/jsonpath.h"
#include "common/status_macros.h"
#include "server/kube/readiness/judge.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/streak.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"waitFor", true};

class WaitForStep final : public StepOn<> {
 public:
  WaitForStep(const v1::WaitForStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart) override {
    kube::Judge judge(chart.kube(), {.load_balancers = chart.info().wait_for_load_balancers()});
    Streak streak(chart.services.clock, step_.hold());
    while (true) {
      ASSIGN_OR_RETURN(const auto ids,
                       FindObjects(context, chart, step_.objects(), step_.selectors()));
      ASSIGN_OR_RETURN(v1::Progress progress, Look(context, chart, ids, judge));
      const bool some = progress.total() > 0 || step_.has_deleted();
      if (streak.Saw(some && progress.ready() == progress.total()))
        return StepResult::Done(absl::StrCat(progress.total(), " objects are as requested"));
      if (const std::string holding = streak.Progress(); !holding.empty()) {
        auto* waiting = progress.add_waiting();
        waiting->set_object(ids.size() == 1 ? ids[0].ToString()
                                            : absl::StrCat(ids.size(), " objects"));
        waiting->set_reason(holding);
      }
      chart.report.Progress(progress);
      const std::string for_what =
          progress.waiting().empty()
              ? "an object that matches"
              : absl::StrCat(progress.waiting(0).object(), ": ", progress.waiting(0).reason());
      RETURN_IF_ERROR(
          While(absl::StrCat("waiting for ", for_what), context.Sleep(absl::Milliseconds(500))));
    }
  }

 private:
  absl::StatusOr<v1::Progress> Look(const Context& context, const Chart& chart,
                                    const std::vector<kube::ObjectId>& ids, kube::Judge& judge) {
    v1::Progress progress;
    progress.set_total(static_cast<int>(ids.size()));
    for (const kube::ObjectId& id : ids) {
      ASSIGN_OR_RETURN(const std::string missing, Missing(context, chart, id, judge));
      if (missing.empty()) {
        progress.set_ready(progress.ready() + 1);
      } else if (progress.waiting_size() < 20) {
        auto* waiting = progress.add_waiting();
        waiting->set_object(id.ToString());
        waiting->set_reason(missing);
      }
    }
    return progress;
  }

  // What is wrong with the object; empty when it is as requested.
  absl::StatusOr<std::string> Missing(const Context& context, const Chart& chart,
                                      const kube::ObjectId& id, kube::Judge& judge) {
    const auto object = chart.kube().Get(context, id);
    const bool absent = HasReason(object.status(), Reason::kObjectNotFound);
    if (!object.ok() && !absent) return object.status();
    if (step_.has_deleted()) return std::string(absent ? "" : "still exists");
    if (absent) return std::string("does not exist");
    if (step_.has_ready()) return judge.Of(context, *object).reason;
    if (step_.has_json_path()) {
      const auto value = ReadJsonPath(*object, step_.json_path().path());
      if (!value.ok())
        return MakeFailure(Reason::kStepFailed, std::string(value.status().message()));
      if (*value == step_.json_path().equals()) return std::string();
      return absl::StrCat(step_.json_path().path(), " is ", value->empty() ? "empty" : *value);
    }
    const std::string wanted =
        step_.condition().status().empty() ? "True" : step_.condition().status();
    const auto status = ReadJsonPath(
        *object,
        absl::StrCat(".status.conditions[?(@.type==\"", step_.condition().type(), "\")].status"));
    if (status.ok() && *status == wanted) return std::string();
    return absl::StrCat("condition ", step_.condition().type(), " is ",
                        status.ok() && !status->empty() ? *status : "not set");
  }

  const v1::WaitForStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<WaitForStep>(step.wait_for(), std::move(settings));
}

}  // namespace

const CallerStep kWaitForStep{v1::Step::kWaitFor, &kTraits, Make};

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/objects/namespaces.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class NamespaceStep final : public Step {
 public:
  NamespaceStep() : Step({.name = "namespace", .place = Place::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"namespace"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const kube::ObjectId id = NamespaceId(chart.info().namespace_());
    while (true) {
      const auto found = chart.kube().Get(context, id);
      if (HasReason(found.status(), Reason::kObjectNotFound)) {
        const absl::Status created = Create(context, chart, id);
        // Another chart was quicker, or the old one was not quite gone: look again.
        if (HasReason(created, Reason::kObjectConflict)) continue;
        RETURN_IF_ERROR(created);
        return StepResult::Done(absl::StrCat("created ", id.name));
      }
      RETURN_IF_ERROR(found.status());
      if (!BeingDeleted(*found)) return Label(context, chart, id, *found);
      v1::Progress progress;
      progress.set_total(1);
      progress.add_waiting()->set_object(id.ToString());
      progress.mutable_waiting(0)->set_reason("is being deleted");
      chart.Tell(progress);
      RETURN_IF_ERROR(While(absl::StrCat("waiting until the old ", id.ToString(), " is gone"),
                            context.Sleep(absl::Milliseconds(500))));
    }
  }
  absl::StatusOr<StepResult> Foresee(const Context& context, ChartContext& chart) override {
    const kube::ObjectId id = NamespaceId(chart.info().namespace_());
    const auto found = chart.kube().Get(context, id);
    if (HasReason(found.status(), Reason::kObjectNotFound))
      return StepResult::Done(absl::StrCat("creates ", id.name));
    RETURN_IF_ERROR(found.status());
    if (BeingDeleted(*found))
      return StepResult::Done(
          absl::StrCat("waits until the old ", id.name, " is gone, and creates it"));
    return LabelsToSet(chart, *found).empty()
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, absl::StrCat(id.name, " exists"))
               : StepResult::Done(absl::StrCat("labels ", id.name));
  }

 private:
  // As a merge patch; empty when all are there.
  static kube::Json LabelsToSet(const ChartContext& chart, const kube::Json& found) {
    const kube::Json present =
        found.value(kube::Json::json_pointer("/metadata/labels"), kube::Json::object());
    kube::Json patch = kube::Json::object();
    for (const auto& [key, value] : chart.info().namespace_labels()) {
      if (present.value(key, "") != value) patch["metadata"]["labels"][key] = value;
    }
    return patch;
  }

  static absl::Status Create(const Context& context, ChartContext& chart,
                             const kube::ObjectId& id) {
    kube::Json object = {
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", id.name}}}};
    for (const auto& [key, value] : chart.info().namespace_labels())
      object["metadata"]["labels"][key] = value;
    return chart.LeaveChanged(id, kCreated, chart.kube().Create(context, id, object).status());
  }

  static absl::StatusOr<StepResult> Label(const Context& context, ChartContext& chart,
                                          const kube::ObjectId& id, const kube::Json& found) {
    const kube::Json patch = LabelsToSet(chart, found);
    if (patch.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, absl::StrCat(id.name, " exists"));
    RETURN_IF_ERROR(
        chart.LeaveChanged(id, "labelled", chart.kube().MergePatch(context, id, patch).status()));
    return StepResult::Done(absl::StrCat("labelled ", id.name));
  }
};

}  // namespace

std::unique_ptr<Step> MakeNamespaceStep() { return std::make_unique<NamespaceStep>(); }

}  // namespace wheelhouse::lifecycle

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/namespaces.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class NamespaceStep final : public StepOn<Trail> {
 public:
  NamespaceStep() : StepOn({.name = "namespace", .order = Order::kFirst}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"namespace"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    const kube::ObjectId id = NamespaceId(chart.info().namespace_());
    while (true) {
      const auto found = chart.kube().Get(context, id);
      if (HasReason(found.status(), Reason::kObjectNotFound)) {
        const absl::Status created = Create(context, chart, trail, id);
        // Another chart was quicker, or the old namespace was not quite gone: look again.
        if (HasReason(created, Reason::kObjectConflict)) continue;
        RETURN_IF_ERROR(created);
        return StepResult::Done(absl::StrCat("created ", id.name));
      }
      if (MayNotBeRead(found.status())) return Unseen(chart, id, found.status());
      RETURN_IF_ERROR(found.status());
      if (!BeingDeleted(*found)) return Label(context, chart, trail, id, *found);
      chart.report.Waiting(id.ToString(), "is being deleted");
      RETURN_IF_ERROR(While(absl::StrCat("waiting until the old ", id.ToString(), " is gone"),
                            chart.Waiting(context).Sleep(absl::Milliseconds(500))));
    }
  }
  absl::StatusOr<StepResult> Preview(const Context& context, const Chart& chart,
                                     const Trail&) override {
    const kube::ObjectId id = NamespaceId(chart.info().namespace_());
    const auto found = chart.kube().Get(context, id);
    if (HasReason(found.status(), Reason::kObjectNotFound))
      return StepResult::Done(absl::StrCat("creates ", id.name));
    if (MayNotBeRead(found.status())) return Unseen(chart, id, found.status());
    RETURN_IF_ERROR(found.status());
    if (BeingDeleted(*found))
      return StepResult::Done(
          absl::StrCat("waits until the old ", id.name, " is gone, then creates it"));
    return LabelsToSet(chart, *found).empty()
               ? StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, absl::StrCat(id.name, " exists"))
               : StepResult::Done(absl::StrCat("labels ", id.name));
  }

 private:
  static absl::StatusOr<StepResult> Unseen(const Chart& chart, const kube::ObjectId& id,
                                           const absl::Status& why) {
    if (!chart.info().namespace_labels().empty())
      return While(absl::StrCat("reading ", id.ToString(), " for namespaceLabels"), why);
    return StepResult::Skipped(
        v1::SKIP_REASON_NOT_NEEDED,
        absl::StrCat(id.name, " cannot be read (no permission), and is assumed to exist"));
  }

  // The missing labels as a merge patch; empty when none is missing.
  static kube::Json LabelsToSet(const Chart& chart, const kube::Json& found) {
    const kube::Json present =
        found.value(kube::Json::json_pointer("/metadata/labels"), kube::Json::object());
    kube::Json patch = kube::Json::object();
    for (const auto& [key, value] : chart.info().namespace_labels()) {
      if (present.value(key, "") != value) patch["metadata"]["labels"][key] = value;
    }
    return patch;
  }

  static absl::Status Create(const Context& context, const Chart& chart, Trail& trail,
                             const kube::ObjectId& id) {
    kube::Json object = {
        {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", id.name}}}};
    for (const auto& [key, value] : chart.info().namespace_labels())
      object["metadata"]["labels"][key] = value;
    return NoteChange(trail, id, kCreated, chart.kube().Create(context, id, object).status());
  }

  static absl::StatusOr<StepResult> Label(const Context& context, const Chart& chart, Trail& trail,
                                          const kube::ObjectId& id, const kube::Json& found) {
    const kube::Json patch = LabelsToSet(chart, found);
    if (patch.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, absl::StrCat(id.name, " exists"));
    RETURN_IF_ERROR(
        NoteChange(trail, id, "labelled", chart.kube().MergePatch(context, id, patch).status()));
    return StepResult::Done(absl::StrCat("labelled ", id.name));
  }
};

}  // namespace

std::unique_ptr<Step> MakeNamespaceStep() { return std::make_unique<NamespaceStep>(); }

}  // namespace wheelhouse::lifecycle

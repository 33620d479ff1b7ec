#include "server/lifecycle/release/adoption_undo.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/saved_objects.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/roll_back.h"

namespace wheelhouse::lifecycle {
namespace {

// What somebody else has made meanwhile stays. Hooks do not carry marks; the rest of what helm made
// does.
bool MadeHere(const Chart& chart, const std::vector<ManifestObject>& made, const kube::ObjectId& id,
              const kube::Json& live) {
  if (OwnerOf(chart, live) == Owner::kThisRelease) return true;
  return std::ranges::any_of(made, [&](const ManifestObject& object) {
    return object.hook && SameObject(object, id, chart.info().namespace_());
  });
}

// Adds it to `going` when it is being deleted then.
absl::Status DeleteIfMade(const Context& context, const Chart& chart,
                          const std::vector<ManifestObject>& made, Trail& trail,
                          const kube::Json& absent, std::vector<ManifestObject>* going) {
  const auto id = IdOfSaved(context, chart, absent);
  // The kind is no longer served, so no object of it is left.
  if (HasReason(id.status(), Reason::kKindUnknown)) return absl::OkStatus();
  RETURN_IF_ERROR(id.status());
  const auto live = chart.kube().Get(context, *id);
  if (HasReason(live.status(), Reason::kObjectNotFound)) return absl::OkStatus();
  RETURN_IF_ERROR(live.status());
  if (!MadeHere(chart, made, *id, *live)) return absl::OkStatus();
  if (KeptByPolicy(*live)) {
    NoteChange(trail, *id, "created, and kept by helm.sh/resource-policy");
    return absl::OkStatus();
  }
  const absl::Status deleted =
      chart.kube().Delete(context, *id, {"Foreground", kube::Text(*live, "/metadata/uid")});
  if (HasReason(deleted, Reason::kObjectNotFound)) return absl::OkStatus();
  RETURN_IF_ERROR(deleted);
  going->push_back({id->type.ApiVersion(), id->type.kind, id->ns, id->name});
  return absl::OkStatus();
}

// Deletes what an uninstall would: this run's records, and failed ones before them. A history that
// somebody kept from before is theirs, and so is what was made since.
absl::Status DeleteRecords(const Context& context, const Chart& chart, const Trail& trail) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  for (const helm::ReleaseRecord& record : records) {
    if (record.status == helm::kUninstalled) break;
    if (record.revision <= trail.made_revision())
      RETURN_IF_ERROR(DeleteRecord(context, chart, record));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status GiveBack(const Context& context, const Chart& chart, Trail& trail,
                      const Adopted& adopted) {
  std::vector<kube::ObjectId> were_ready;
  for (kube::Json object : adopted.saved) {
    if (OwnerOf(chart, object) == Owner::kThisRelease) RemoveMarks(&object);
    RETURN_IF_ERROR(PutBack(context, chart, object, WhenPresent::kOverwrite).status());
    ASSIGN_OR_RETURN(const auto id, IdOfSaved(context, chart, object));
    ForgetChange(trail, id);
    if (kube::ReadinessOf(object).ready()) were_ready.push_back(id);
  }
  return AwaitReady(context, chart, were_ready);
}

absl::Status UndoAdoption(const Context& context, const Chart& chart, const Found& found,
                          Trail& trail, const Adopted& adopted) {
  ASSIGN_OR_RETURN(const auto made, ObjectsOfRun(context, chart, found, trail));
  std::vector<ManifestObject> going;
  for (const kube::Json& absent : adopted.absent)
    RETURN_IF_ERROR(DeleteIfMade(context, chart, made, trail, absent, &going));
  RETURN_IF_ERROR(AwaitDeletions(context, chart, going));
  RETURN_IF_ERROR(GiveBack(context, chart, trail, adopted));
  return DeleteRecords(context, chart, trail);
}

}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/release/reinstall.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/objects/saved_objects.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kBackup[] = "backup_resources";

}  // namespace

absl::Status TakeBackupOver(const Chart& chart, const Trail& trail) {
  ASSIGN_OR_RETURN(const auto own, KeptJson(chart, kBackup));
  ASSIGN_OR_RETURN(const auto older, KeptByOlder(chart, trail, kBackup));
  if (own.has_value() || !older.has_value()) return absl::OkStatus();
  return KeepJson(chart, kBackup, *older);
}

absl::Status SaveBackup(const Context& context, const Chart& chart, const Trail& trail) {
  if (chart.info().backup_resources().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto saved, KeptJson(chart, kBackup));
  if (saved.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto ids,
                   FindObjects(context, chart, {}, chart.info().backup_resources()));
  return While("saving backup_resources",
               SaveObjects(context, chart, trail, kBackup, ids).status());
}

absl::Status NoteWhatIsGone(const Context& context, const Chart& chart, Trail& trail) {
  ASSIGN_OR_RETURN(const auto saved, KeptJson(chart, kBackup));
  if (!saved.has_value()) return absl::OkStatus();
  for (const kube::Json& object : *saved) {
    // The kind itself may have gone.
    const auto id = IdOfSaved(context, chart, object);
    if (id.ok() && HasReason(chart.kube().Get(context, *id).status(), Reason::kObjectNotFound))
      NoteChange(trail, *id, kDeleted);
  }
  return absl::OkStatus();
}

absl::StatusOr<int> PutBackup(const Context& context, const Chart& chart) {
  int put_back = 0;
  ASSIGN_OR_RETURN(const auto saved, KeptJson(chart, kBackup));
  if (!saved.has_value()) return 0;
  for (const kube::Json& object : *saved) {
    ASSIGN_OR_RETURN(const bool written, PutBack(context, chart, object, WhenPresent::kLeave));
    if (written) ++put_back;
  }
  return put_back;
}

absl::Status FindUninstalled(const Context& context, const Chart& chart, Trail& trail) {
  // helm calls the record superseded once it has begun to install over it.
  if (trail.reinstalled_revision() == 0 || trail.uninstalled()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* record = helm::FindRecord(records, trail.reinstalled_revision());
  trail.set_uninstalled(record == nullptr || record->status == helm::kUninstalled ||
                        record->status == helm::kUninstalling);
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle

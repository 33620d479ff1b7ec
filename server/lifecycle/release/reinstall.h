// Crossing a breaking version: the release is uninstalled, its history kept, and exec installs it
// anew. What backup_resources names is saved before that and put back after it.
#pragma once

#include <absl/status/statusor.h>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Saves what backup_resources names; once in a run, since a second look might find nothing.
absl::Status SaveBackup(const Context& context, const Chart& chart, const Trail& trail);
// What an older run has saved so, from which this one takes over, is saved by this one.
absl::Status TakeBackupOver(const Chart& chart, const Trail& trail);

// Notes those of the saved objects that went with the release, as deleted until they are back.
absl::Status NoteWhatIsGone(const Context& context, const Chart& chart, Trail& trail);

// Puts back what SaveBackup has saved and is absent. Returns how many were put back.
absl::StatusOr<int> PutBackup(const Context& context, const Chart& chart);

// Sets Trail.uninstalled when the reinstall uninstalled the release, even in part.
absl::Status FindUninstalled(const Context& context, const Chart& chart, Trail& trail);

}  // namespace wheelhouse::lifecycle

// Uninstalling a release, for a destroy, a reinstall, the unlock and the remediation. Nothing else
// does it.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

enum class History { kDelete, kKeep };

// Clears the record (clear_record.h) and asks helm, which waits until all objects are gone. The
// release's delete hooks are watched (objects/helm_watch.h): one that cannot start ends helm with
// POD_FAILING. An error names those objects that are still being deleted, and their finalizers:
// helm itself reports only that time ran out.
absl::Status Uninstall(const Context& context, const Chart& chart, History history);

// What an uninstall that has failed has made of the release, in words that follow its name.
// `before` is the record that helm went from, as it was, and `objects` are those of the release
// that existed then. Empty when nothing has changed: a pre-delete hook that fails keeps helm from
// deleting anything, though the record says `uninstalling`.
absl::StatusOr<std::string> LeftByUninstall(const Context& context, const Chart& chart,
                                            const helm::ReleaseRecord& before,
                                            const std::vector<ManifestObject>& objects);

}  // namespace wheelhouse::lifecycle

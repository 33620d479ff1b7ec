// Records that helm is about to act on: what it must not come upon (objects/left_out.h) is taken
// out of them first. helm reads what it upgrades from, rolls back from and to, and uninstalls from
// its records alone, so there is no other place to tell it.
#pragma once

#include <absl/status/statusor.h>

#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Before helm goes from what `record` holds to something else: what is not served is left out, with
// hooks of such kinds, and so is what another release owns among the objects that go: all of them
// but those that `stays` holds as well. Says in the log what it leaves out. Writes nothing where
// there is nothing to be left out; else OBJECT_CONFLICT when somebody writes the record meanwhile.
absl::Status ClearRecord(const Context& context, const Chart& chart,
                         const helm::ReleaseRecord& record,
                         const std::vector<ManifestObject>& stays);

// What helm compares an upgrade with; nothing where nothing is installed.
struct Installed {
  std::vector<ManifestObject> objects;
  std::vector<helm::ReleaseHook> hooks;
};

// The same for the record that an upgrade goes from, among the release's records. Returns what it
// holds then.
absl::StatusOr<Installed> ClearInstalled(const Context& context, const Chart& chart,
                                         const std::vector<helm::ReleaseRecord>& records,
                                         const std::vector<ManifestObject>& stays);

// Before helm goes back to `record`: what is not served is left out.
absl::Status ClearTarget(const Context& context, const Chart& chart,
                         const helm::ReleaseRecord& record);

}  // namespace wheelhouse::lifecycle

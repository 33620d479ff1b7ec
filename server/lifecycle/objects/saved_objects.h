// Copies of objects, kept in the journal and put back.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Reads the objects and keeps them under `name` (Journal::KeepWithinBound), in place of what was
// kept there. Absent ones are left out; one that an older run has kept so, from which this one
// takes over, is kept as it was then. Returns how many were kept; STEP_FAILED when they take more
// than 16 MiB, CALLER_LIMIT when the caller's runs keep too much.
absl::StatusOr<int> SaveObjects(const Context& context, const Chart& chart, const Trail& trail,
                                const std::string& name, const std::vector<kube::ObjectId>& ids);

// Keeps a JSON value under `name`. Errors: as SaveObjects.
absl::Status KeepJson(const Chart& chart, const std::string& name, const kube::Json& value);

// What is kept under `name`; nullopt when nothing is.
absl::StatusOr<std::optional<kube::Json>> KeptJson(const Chart& chart, const std::string& name);

// As KeptJson, of the newest of the runs that this one has taken over from (Trail.taken_over).
absl::StatusOr<std::optional<kube::Json>> KeptByOlder(const Chart& chart, const Trail& trail,
                                                      const std::string& name);

// The id of a copy, or of whatever has apiVersion, kind, name and namespace.
absl::StatusOr<kube::ObjectId> IdOfSaved(const Context& context, const Chart& chart,
                                         const kube::Json& saved);

enum class WhenPresent { kLeave, kOverwrite };

// Puts a copy back: creates it where it is absent, without what belonged to the old object alone
// (uid, status, owners that are gone ...); else, when asked, makes the live object equal to the
// copy, its field managers too. Waits for one that is being deleted. Returns whether anything was
// written.
absl::StatusOr<bool> PutBack(const Context& context, const Chart& chart, const kube::Json& saved,
                             WhenPresent present);

}  // namespace wheelhouse::lifecycle

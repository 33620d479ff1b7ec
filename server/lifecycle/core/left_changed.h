// What a run has changed and not undone, in its trail: reported with the failure of its chart. Each
// step notes what it changes that stays so when the chart fails.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/context.h"
#include "server/kube/kube_client.h"
#include "server/lifecycle/core/report.h"
#include "server/lifecycle/core/trail.h"

namespace wheelhouse::lifecycle {

inline constexpr char kCreated[] = "created";
inline constexpr char kDeleted[] = "deleted";

// The change of an object: kCreated, kDeleted, or in other words. What was created and then deleted
// is not changed.
void NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change);

// The change of an object by the answer to the request for it: nothing where it was refused, and
// perhaps the change where the answer was lost. Returns the answer.
absl::Status NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change,
                        const absl::Status& answer);

// The change of what is not an object: a Release, say. A later change replaces an earlier one of
// the same name.
void NoteChange(Trail& trail, const std::string& kind, const std::string& name,
                const std::string& change);

// What the step of `kind` that runs has done elsewhere.
void NoteEffect(Trail& trail, const Position& position, const char* kind,
                const std::string& effect);

// The object is as it was.
void ForgetChange(Trail& trail, const kube::ObjectId& id);

// Forgets what is undone by now, be it by the remediation: changes of objects that are gone, and
// deletions of objects that are back. What cannot be looked at stays.
void ForgetUndone(const Context& context, kube::KubeClient& client, Trail& trail);

}  // namespace wheelhouse::lifecycle

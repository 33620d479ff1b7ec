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

// Notes that an object was kCreated, kDeleted, or changed as `change` says. An object that was
// created and then deleted has not changed.
void NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change);

// Notes the change by the answer to the request for it: nothing when it was refused, `perhaps` when
// the answer was lost. Returns the answer.
absl::Status NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change,
                        const absl::Status& answer);

// Notes the change of something other than an object, such as a Release. A later change replaces an
// earlier one of the same name.
void NoteChange(Trail& trail, const std::string& kind, const std::string& name,
                const std::string& change);

// Notes what the running step, of `kind`, has done outside the cluster's objects.
void NoteEffect(Trail& trail, const Position& position, const char* kind,
                const std::string& effect);

// The object is as it was.
void ForgetChange(Trail& trail, const kube::ObjectId& id);

// The same for something other than an object.
void ForgetChange(Trail& trail, const std::string& kind, const std::string& name);

// Forgets what has been undone, by the remediation for example: changes of objects that are gone,
// and deletions of objects that are back. What cannot be read stays.
void ForgetUndone(const Context& context, kube::KubeClient& client, Trail& trail);

}  // namespace wheelhouse::lifecycle

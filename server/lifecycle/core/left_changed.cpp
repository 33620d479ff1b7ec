#include "server/lifecycle/core/left_changed.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>

#include "common/failure.h"
#include "common/run_picture.h"
#include "server/lifecycle/core/same_object.h"

namespace wheelhouse::lifecycle {
namespace {

using Changes = google::protobuf::RepeatedPtrField<Trail::Change>;

std::string NameOf(const kube::ObjectId& id) {
  return id.ns.empty() ? id.name : absl::StrCat(id.ns, "/", id.name);
}

kube::ObjectId IdOf(const Trail::Object& object) {
  return {{object.group(), object.version(), object.kind(), object.plural(), object.namespaced()},
          object.ns(),
          object.name()};
}

void Write(const kube::ObjectId& id, Trail::Object* object) {
  object->set_group(id.type.group);
  object->set_version(id.type.version);
  object->set_kind(id.type.kind);
  object->set_plural(id.type.plural);
  object->set_namespaced(id.type.namespaced);
  object->set_ns(id.ns);
  object->set_name(id.name);
}

void Add(const std::string& kind, const std::string& name, const std::string& change,
         Trail::Change* added) {
  added->mutable_reported()->set_kind(kind);
  added->mutable_reported()->set_name(name);
  added->mutable_reported()->set_change(change);
}

Changes::iterator Find(Changes* changes, const kube::ObjectId& id) {
  return std::ranges::find_if(*changes, [&](const Trail::Change& one) {
    return one.has_object() && KeyOf(IdOf(one.object())) == KeyOf(id);
  });
}

// What the API server or the daemon refused.
bool Refused(const absl::Status& answer) {
  static constexpr Reason kRefusals[] = {Reason::kPermissionDenied,   Reason::kObjectNotFound,
                                         Reason::kKindUnknown,        Reason::kFieldConflict,
                                         Reason::kObjectConflict,     Reason::kApplyRejected,
                                         Reason::kCredentialsInvalid, Reason::kPlanInvalid};
  return std::ranges::any_of(kRefusals, [&](Reason reason) { return HasReason(answer, reason); });
}

// nullopt when nothing is changed any more.
std::optional<std::string> After(const std::string& earlier, const std::string& change) {
  if (change == kDeleted)
    return earlier == kCreated ? std::nullopt : std::optional<std::string>(kDeleted);
  if (earlier == kCreated || absl::StrContains(earlier, change)) return earlier;
  if (earlier == kDeleted) return change == kCreated ? "replaced" : change;
  return absl::StrCat(earlier, ", ", change);
}

// Whether the object is again as it was before the change.
bool Undone(const Context& context, kube::KubeClient& client, const Trail::Change& change) {
  if (!change.has_object()) return false;
  const auto live = client.Get(context, IdOf(change.object()));
  if (change.reported().change() == kDeleted)
    return live.ok() && kube::Text(*live, "/metadata/deletionTimestamp").empty();
  return HasReason(live.status(), Reason::kObjectNotFound);
}

}  // namespace

void NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change) {
  Changes* changes = trail.mutable_left_changed();
  const auto known = Find(changes, id);
  if (known == changes->end()) {
    Trail::Change* added = changes->Add();
    Write(id, added->mutable_object());
    Add(id.type.kind, NameOf(id), change, added);
  } else if (const auto after = After(known->reported().change(), change); after.has_value()) {
    known->mutable_reported()->set_change(*after);
  } else {
    changes->erase(known);
  }
}

absl::Status NoteChange(Trail& trail, const kube::ObjectId& id, const std::string& change,
                        const absl::Status& answer) {
  if (answer.ok()) {
    NoteChange(trail, id, change);
  } else if (!Refused(answer)) {
    NoteChange(trail, id, absl::StrCat("perhaps ", change));
  }
  return answer;
}

void NoteChange(Trail& trail, const std::string& kind, const std::string& name,
                const std::string& change) {
  for (Trail::Change& known : *trail.mutable_left_changed()) {
    if (known.reported().kind() != kind || known.reported().name() != name) continue;
    known.mutable_reported()->set_change(change);
    return;
  }
  Add(kind, name, change, trail.add_left_changed());
}

void NoteEffect(Trail& trail, const Position& position, const char* kind,
                const std::string& effect) {
  NoteChange(trail, kind, absl::StrCat(ShortName(position.stage), "/", position.step), effect);
}

void ForgetChange(Trail& trail, const kube::ObjectId& id) {
  Changes* changes = trail.mutable_left_changed();
  if (const auto known = Find(changes, id); known != changes->end()) changes->erase(known);
}

void ForgetChange(Trail& trail, const std::string& kind, const std::string& name) {
  Changes* changes = trail.mutable_left_changed();
  const auto same = std::ranges::find_if(*changes, [&](const Trail::Change& change) {
    return !change.has_object() && change.reported().kind() == kind &&
           change.reported().name() == name;
  });
  if (same != changes->end()) changes->erase(same);
}

void ForgetUndone(const Context& context, kube::KubeClient& client, Trail& trail) {
  Changes* changes = trail.mutable_left_changed();
  const auto undone =
      std::remove_if(changes->begin(), changes->end(),
                     [&](const Trail::Change& change) { return Undone(context, client, change); });
  changes->erase(undone, changes->end());
}

}  // namespace wheelhouse::lifecycle

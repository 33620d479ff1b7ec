#include "server/lifecycle/core/left_changed.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"

namespace wheelhouse::lifecycle {
namespace {

std::string NameOf(const kube::ObjectId& id) {
  return id.ns.empty() ? id.name : absl::StrCat(id.ns, "/", id.name);
}

// What the API server, or we, said no to.
bool Refused(const absl::Status& answer) {
  static constexpr Reason kRefusals[] = {Reason::kPermissionDenied,   Reason::kObjectNotFound,
                                         Reason::kKindUnknown,        Reason::kFieldConflict,
                                         Reason::kObjectConflict,     Reason::kApplyRejected,
                                         Reason::kCredentialsInvalid, Reason::kPlanInvalid};
  return std::ranges::any_of(kRefusals, [&](Reason reason) { return HasReason(answer, reason); });
}

// nullopt: nothing is changed any more.
std::optional<std::string> After(const std::string& earlier, const std::string& change) {
  if (change == kDeleted)
    return earlier == kCreated ? std::nullopt : std::optional<std::string>(kDeleted);
  if (earlier == kCreated || absl::StrContains(earlier, change)) return earlier;
  if (earlier == kDeleted) return change == kCreated ? "replaced" : change;
  return absl::StrCat(earlier, ", ", change);
}

}  // namespace

void LeftChanged::Note(const std::string& kind, const std::string& name,
                       const std::string& change) {
  for (Change& known : changes_) {
    if (known.told.kind() != kind || known.told.name() != name) continue;
    known.told.set_change(change);
    return;
  }
  v1::LeftChanged& told = changes_.emplace_back().told;
  told.set_kind(kind);
  told.set_name(name);
  told.set_change(change);
}

std::vector<LeftChanged::Change>::iterator LeftChanged::Find(const kube::ObjectId& id) {
  return std::ranges::find_if(changes_, [&](const Change& one) {
    return one.object.has_value() && one.object->type.group == id.type.group &&
           one.told.kind() == id.type.kind && one.told.name() == NameOf(id);
  });
}

void LeftChanged::Forget(const kube::ObjectId& id) {
  if (const auto known = Find(id); known != changes_.end()) changes_.erase(known);
}

void LeftChanged::Note(const kube::ObjectId& id, const std::string& change) {
  const auto known = Find(id);
  if (known == changes_.end()) {
    Change& added = changes_.emplace_back();
    added.object = id;
    added.told.set_kind(id.type.kind);
    added.told.set_name(NameOf(id));
    added.told.set_change(change);
  } else if (const auto after = After(known->told.change(), change); after.has_value()) {
    known->told.set_change(*after);
  } else {
    changes_.erase(known);
  }
}

absl::Status LeftChanged::Note(const kube::ObjectId& id, const std::string& change,
                               const absl::Status& answer) {
  if (answer.ok()) {
    Note(id, change);
  } else if (!Refused(answer)) {
    Note(id, absl::StrCat("perhaps ", change));
  }
  return answer;
}

void LeftChanged::LookAgain(const Context& context, kube::KubeClient& client) {
  std::erase_if(changes_, [&](const Change& change) {
    if (!change.object.has_value()) return false;
    const auto live = client.Get(context, *change.object);
    if (change.told.change() == kDeleted)
      return live.ok() && kube::Text(*live, "/metadata/deletionTimestamp").empty();
    return HasReason(live.status(), Reason::kObjectNotFound);
  });
}

}  // namespace wheelhouse::lifecycle

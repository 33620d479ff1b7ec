#include "server/lifecycle/objects/saved_objects.h"

#include <absl/strings/str_cat.h>

#include <map>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/same_object.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kMostBytes = 16 << 20;

// What the API server or a controller wrote for the old object and a new one gets anew. A new claim
// that names the old one's volume is Lost, and a Job's selector is refused.
struct OfTheOldOne {
  const char* kind;
  const char* path;
};
constexpr OfTheOldOne kOfTheOldOne[] = {
    {"PersistentVolumeClaim", "/spec/volumeName"},
    {"PersistentVolumeClaim", "/metadata/annotations/pv.kubernetes.io~1bind-completed"},
    {"PersistentVolumeClaim", "/metadata/annotations/pv.kubernetes.io~1bound-by-controller"},
    {"Job", "/spec/selector"},
    {"Job", "/spec/template/metadata/labels/controller-uid"},
    {"Job", "/spec/template/metadata/labels/batch.kubernetes.io~1controller-uid"},
};

// What identifies the live object, and what the API server and controllers count in it.
constexpr const char* kOfTheLiveOne[] = {
    "/metadata/uid", "/metadata/resourceVersion",
    "/metadata/annotations/deprecated.daemonset.template.generation",
    "/metadata/annotations/deployment.kubernetes.io~1revision"};

void Remove(kube::Json* object, const std::string& path) {
  const kube::Json::json_pointer pointer(path);
  if (object->contains(pointer)) object->at(pointer.parent_pointer()).erase(pointer.back());
}

absl::StatusOr<bool> Lives(const Context& context, const Chart& chart, const kube::Json& owner,
                           const std::string& ns) {
  const auto id = chart.Identify(context, kube::Text(owner, "/apiVersion"),
                                 kube::Text(owner, "/kind"), ns, kube::Text(owner, "/name"));
  if (HasReason(id.status(), Reason::kKindUnknown)) return false;
  RETURN_IF_ERROR(id.status());
  const auto live = chart.kube().Get(context, *id);
  if (HasReason(live.status(), Reason::kObjectNotFound)) return false;
  RETURN_IF_ERROR(live.status());
  return kube::Text(*live, "/metadata/uid") == kube::Text(owner, "/uid");
}

// The garbage collector deletes an object when none of its owners exists any more.
absl::Status DropGoneOwners(const Context& context, const Chart& chart, const std::string& ns,
                            kube::Json* object) {
  kube::Json owners = kube::Json::array();
  for (const kube::Json& owner : kube::List(*object, "/metadata/ownerReferences")) {
    ASSIGN_OR_RETURN(const bool lives, Lives(context, chart, owner, ns));
    if (lives) owners.push_back(owner);
  }
  Remove(object, "/metadata/ownerReferences");
  if (!owners.empty()) (*object)["metadata"]["ownerReferences"] = std::move(owners);
  return absl::OkStatus();
}

absl::Status CreateAnew(const Context& context, const Chart& chart, const kube::ObjectId& id,
                        kube::Json object) {
  for (const char* key : {"uid", "resourceVersion", "creationTimestamp", "generation", "selfLink",
                          "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds"})
    object["metadata"].erase(key);
  object.erase("status");
  for (const OfTheOldOne& one : kOfTheOldOne) {
    if (id.type.kind == one.kind) Remove(&object, one.path);
  }
  return chart.kube().Create(context, id, object).status();
}

// Writes it twice: what a write changes becomes the writer's, and the second one changes nothing
// but managedFields, which the API server takes as they come. A list of one empty entry clears
// them; without a list they would stay.
absl::Status Overwrite(const Context& context, const Chart& chart, const kube::ObjectId& id,
                       kube::Json object, kube::Json live) {
  kube::Json& managers = object["metadata"]["managedFields"];
  if (managers.empty()) managers = kube::Json::array({kube::Json::object()});
  for (int written = 0; written < 2;) {
    for (const char* path : kOfTheLiveOne) {
      const kube::Json::json_pointer pointer(path);
      if (live.contains(pointer)) object[pointer] = live[pointer];
    }
    auto now = chart.kube().Replace(context, id, object);
    if (HasReason(now.status(), Reason::kObjectConflict)) {
      RETURN_IF_ERROR(context.Sleep(absl::Milliseconds(50)));
      ASSIGN_OR_RETURN(live, chart.kube().Get(context, id));
      continue;
    }
    RETURN_IF_ERROR(now.status());
    live = *std::move(now);
    ++written;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<kube::Json>> Parsed(const std::optional<std::string>& bytes,
                                                 const std::string& name) {
  if (!bytes.has_value()) return std::optional<kube::Json>();
  kube::Json value = ParseJson(*bytes);
  if (value.is_discarded())
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("what was kept as ", name, " cannot be read"));
  return std::optional<kube::Json>(std::move(value));
}

}  // namespace

absl::StatusOr<int> SaveObjects(const Context& context, const Chart& chart, const Trail& trail,
                                const std::string& name, const std::vector<kube::ObjectId>& ids) {
  kube::Json saved = kube::Json::array();
  ASSIGN_OR_RETURN(const auto older, KeptByOlder(chart, trail, name));
  std::map<ObjectKey, kube::Json> before;
  for (const kube::Json& object : older.value_or(kube::Json::array()))
    before[KeyOf(object)] = object;
  for (const kube::ObjectId& id : ids) {
    if (const auto kept = before.find(KeyOf(id)); kept != before.end()) {
      saved.push_back(kept->second);
      continue;
    }
    auto object = chart.kube().Get(context, id);
    if (HasReason(object.status(), Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(object.status());
    saved.push_back(*std::move(object));
  }
  RETURN_IF_ERROR(KeepJson(chart, name, saved));
  return static_cast<int>(saved.size());
}

absl::Status KeepJson(const Chart& chart, const std::string& name, const kube::Json& value) {
  const std::string bytes = value.dump();
  if (bytes.size() > kMostBytes) {
    return MakeFailure(Reason::kStepFailed,
                       absl::StrCat("the objects to save take ", bytes.size(),
                                    " bytes, more than the ", kMostBytes, " that may be kept"));
  }
  return chart.report.journal().KeepWithinBound(name, bytes);
}

absl::StatusOr<std::optional<kube::Json>> KeptJson(const Chart& chart, const std::string& name) {
  ASSIGN_OR_RETURN(const auto bytes, chart.report.journal().Kept(name));
  return Parsed(bytes, name);
}

absl::StatusOr<std::optional<kube::Json>> KeptByOlder(const Chart& chart, const Trail& trail,
                                                      const std::string& name) {
  for (const std::string& run : trail.taken_over().runs()) {
    ASSIGN_OR_RETURN(const auto bytes, chart.report.journal().KeptBy(run, name));
    if (bytes.has_value()) return Parsed(bytes, name);
  }
  return std::optional<kube::Json>();
}

absl::StatusOr<kube::ObjectId> IdOfSaved(const Context& context, const Chart& chart,
                                         const kube::Json& saved) {
  return chart.Identify(context, kube::Text(saved, "/apiVersion"), kube::Text(saved, "/kind"),
                        kube::Text(saved, "/metadata/namespace"),
                        kube::Text(saved, "/metadata/name"));
}

absl::StatusOr<bool> PutBack(const Context& context, const Chart& chart, const kube::Json& saved,
                             WhenPresent present) {
  ASSIGN_OR_RETURN(const kube::ObjectId id, IdOfSaved(context, chart, saved));
  while (true) {
    auto live = chart.kube().Get(context, id);
    const bool absent = HasReason(live.status(), Reason::kObjectNotFound);
    if (!absent) RETURN_IF_ERROR(live.status());
    if (absent || !kube::BeingDeleted(*live)) {
      if (!absent && present == WhenPresent::kLeave) return false;
      kube::Json object = saved;
      RETURN_IF_ERROR(DropGoneOwners(context, chart, id.ns, &object));
      RETURN_IF_ERROR(absent ? CreateAnew(context, chart, id, std::move(object))
                             : Overwrite(context, chart, id, std::move(object), *std::move(live)));
      return true;
    }
    RETURN_IF_ERROR(While(absl::StrCat("waiting until the old ", id.ToString(), " is gone"),
                          context.Sleep(absl::Milliseconds(250))));
  }
}

}  // namespace wheelhouse::lifecycle

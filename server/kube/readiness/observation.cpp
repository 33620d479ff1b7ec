#include "server/kube/readiness/observation.h"

#include <tuple>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

// Up to this many objects of a kind and namespace are read one by one.
constexpr size_t kFew = 3;

using Group = std::vector<Observation*>;  // of one kind and namespace

absl::Status GetEach(const Context& context, KubeClient& client, const Group& group) {
  for (Observation* one : group) {
    absl::StatusOr<Json> object = client.Get(context, one->what->id);
    if (HasReason(object.status(), Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(object.status());
    one->object = *std::move(object);
  }
  return absl::OkStatus();
}

absl::Status ListAll(const Context& context, KubeClient& client, const Group& group) {
  const ObjectId& first = group[0]->what->id;
  ListOptions options{.ns = first.ns};
  options.metadata_only = ReadyByExisting(first.type);
  ASSIGN_OR_RETURN(ObjectList list, client.List(context, first.type, options));
  std::map<std::string, Json*> by_name;
  for (Json& item : list.items) by_name[Text(item, "/metadata/name")] = &item;
  for (Observation* one : group) {
    const auto found = by_name.find(one->what->id.name);
    if (found != by_name.end()) one->object = *found->second;
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Awaited> AwaitedOf(std::vector<ObjectId> ids) {
  std::vector<Awaited> awaited;
  for (ObjectId& id : ids) awaited.push_back({std::move(id)});
  return awaited;
}

absl::StatusOr<std::vector<Observation>> Observe(const Context& context, KubeClient& client,
                                                 const std::vector<const Awaited*>& objects) {
  std::vector<Observation> seen(objects.size());
  std::map<std::tuple<std::string, std::string, std::string>, Group> groups;
  for (size_t i = 0; i < objects.size(); ++i) {
    seen[i].what = objects[i];
    const ObjectId& id = objects[i]->id;
    groups[{id.type.ApiVersion(), id.type.kind, id.ns}].push_back(&seen[i]);
  }
  for (const auto& [key, group] : groups) {
    // Without a namespace the list is of the whole cluster and may be long: CRDs.
    const bool few = group.size() <= kFew || !group[0]->what->id.type.namespaced;
    RETURN_IF_ERROR(few ? GetEach(context, client, group) : ListAll(context, client, group));
  }
  return seen;
}

}  // namespace wheelhouse::kube

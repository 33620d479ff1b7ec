#include "server/lifecycle/objects/live_objects.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"

namespace wheelhouse::lifecycle {
namespace {

using State = LiveObject::State;

// Up to this many objects of a kind and namespace are read one by one.
constexpr size_t kFew = 2;
constexpr size_t kNamed = 5;
constexpr size_t kAtOnce = 8;  // kinds
// helm sets it on everything that it makes.
constexpr char kHelms[] = "app.kubernetes.io/managed-by=Helm";

// Those of one kind in one namespace.
using Group = std::vector<LiveObject*>;
using Groups = std::map<std::tuple<std::string, std::string, std::string>, Group>;

void SetPresent(LiveObject* one, const kube::Json& live) {
  one->state = State::kPresent;
  one->live = {{"apiVersion", live.at("apiVersion")},
               {"kind", live.at("kind")},
               {"metadata", live.at("metadata")}};
}

absl::Status LookEach(const Context& context, kube::KubeClient& client, const Group& group) {
  for (LiveObject* one : group) {
    auto live = client.Get(context, one->id);
    if (HasReason(live.status(), Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(live.status());
    SetPresent(one, *live);
  }
  return absl::OkStatus();
}

absl::Status LookInList(const Context& context, kube::KubeClient& client, const Group& group,
                        const std::string& selector) {
  const kube::ObjectId& first = group[0]->id;
  ASSIGN_OR_RETURN(kube::ObjectList list,
                   client.List(context, first.type, {first.ns, selector, "", true}));
  std::map<std::string, kube::Json*> by_name;
  for (kube::Json& item : list.items) by_name[kube::Text(item, "/metadata/name")] = &item;
  for (LiveObject* one : group) {
    const auto found = by_name.find(one->id.name);
    if (found != by_name.end()) SetPresent(one, *found->second);
  }
  return absl::OkStatus();
}

absl::Status LookAt(const Context& context, kube::KubeClient& client, const Group& group) {
  if (group.size() <= kFew) return LookEach(context, client, group);
  RETURN_IF_ERROR(LookInList(context, client, group, kHelms));
  // Somebody may have taken the label away.
  const bool all = std::ranges::all_of(group, [](const LiveObject* one) { return one->present(); });
  return all ? absl::OkStatus() : LookInList(context, client, group, "");
}

absl::Status LookAtAll(const Context& context, kube::KubeClient& client, const Groups& groups) {
  std::vector<const Group*> each;
  for (const auto& [kind, group] : groups) each.push_back(&group);
  std::vector<absl::Status> looked(each.size());
  InParallel(each.size(), kAtOnce,
             [&](size_t i) { looked[i] = LookAt(context, client, *each[i]); });
  for (size_t i = 0; i < each.size(); ++i) {
    if (looked[i].ok()) continue;
    // The list itself is not found: the kind was served when it was last asked for.
    const bool gone = HasReason(looked[i], Reason::kObjectNotFound);
    if (!gone && !HasReason(looked[i], Reason::kPermissionDenied)) return looked[i];
    for (LiveObject* one : *each[i]) {
      if (!one->present()) one->state = gone ? State::kUnserved : State::kUnreadable;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LiveObject> Identified(const Context& context, const Chart& chart,
                                      const ManifestObject& object) {
  LiveObject one{&object, State::kUnserved};
  auto type = chart.kube().Resolve(context, object.api_version, object.kind);
  if (HasReason(type.status(), Reason::kKindUnknown)) return one;
  RETURN_IF_ERROR(type.status());
  one.state = State::kAbsent;
  one.id = {*std::move(type), "", object.name};
  if (one.id.type.namespaced) one.id.ns = object.ns.empty() ? chart.info().namespace_() : object.ns;
  return one;
}

}  // namespace

std::string LiveObject::ToString(const Chart& chart) const {
  if (state != State::kUnserved) return id.ToString();
  const std::string& ns = object->ns.empty() ? chart.info().namespace_() : object->ns;
  return absl::StrCat(object->kind, " ", ns, "/", object->name);
}

absl::StatusOr<std::vector<LiveObject>> LookUp(const Context& context, const Chart& chart,
                                               const std::vector<ManifestObject>& objects) {
  std::vector<LiveObject> all;
  for (const ManifestObject& object : objects) {
    if (object.hook || object.name.empty()) continue;
    ASSIGN_OR_RETURN(LiveObject one, Identified(context, chart, object));
    all.push_back(std::move(one));
  }
  std::vector<LiveObject*> served;
  std::vector<kube::ObjectId> ids;
  for (LiveObject& one : all) {
    if (one.state == State::kUnserved) continue;
    served.push_back(&one);
    ids.push_back(one.id);
  }
  ASSIGN_OR_RETURN(const auto known, chart.Glimpses(context, ids));
  Groups groups;
  for (size_t i = 0; i < served.size(); ++i) {
    LiveObject& one = *served[i];
    if (known[i] != nullptr) {
      SetPresent(&one, *known[i]);
    } else {
      groups[{one.id.type.ApiVersion(), one.id.type.kind, one.id.ns}].push_back(&one);
    }
  }
  RETURN_IF_ERROR(LookAtAll(context, chart.kube(), groups));
  return all;
}

std::string NamesOf(const std::vector<std::string>& names) {
  const size_t named = std::min(names.size(), kNamed);
  std::string text =
      absl::StrJoin(names.begin(), names.begin() + static_cast<ptrdiff_t>(named), ", ");
  if (names.size() > named) absl::StrAppend(&text, " and ", names.size() - named, " more");
  return text;
}

}  // namespace wheelhouse::lifecycle

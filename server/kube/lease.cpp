#include "server/kube/lease.h"

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::kube {
namespace {

constexpr char kMicroTime[] = "%Y-%m-%dT%H:%M:%E6SZ";

ResourceType LeaseType() { return {"coordination.k8s.io", "v1", "Lease", "leases", true}; }

Json ToJson(const Lease& lease, const std::string& ns) {
  Json object = {{"apiVersion", LeaseType().ApiVersion()},
                 {"kind", LeaseType().kind},
                 {"metadata",
                  {{"name", lease.name},
                   {"namespace", ns},
                   {"labels", lease.labels},
                   {"annotations", lease.annotations}}},
                 {"spec",
                  {{"holderIdentity", lease.holder},
                   {"leaseDurationSeconds", absl::ToInt64Seconds(lease.duration)},
                   {"acquireTime", lease.acquire_time},
                   {"renewTime", lease.renew_time}}}};
  if (!lease.resource_version.empty())
    object["metadata"]["resourceVersion"] = lease.resource_version;
  return object;
}

std::map<std::string, std::string> Strings(const Json& object, const char* pointer) {
  std::map<std::string, std::string> strings;
  const Json::json_pointer at(pointer);
  if (!object.contains(at) || !object[at].is_object()) return strings;
  for (const auto& [key, value] : object[at].items()) {
    if (value.is_string()) strings[key] = value.get<std::string>();
  }
  return strings;
}

Lease FromJson(const Json& object) {
  Lease lease;
  lease.name = Text(object, "/metadata/name");
  lease.holder = Text(object, "/spec/holderIdentity");
  lease.duration = absl::Seconds(Int(object, "/spec/leaseDurationSeconds"));
  lease.acquire_time = Text(object, "/spec/acquireTime");
  lease.renew_time = Text(object, "/spec/renewTime");
  lease.labels = Strings(object, "/metadata/labels");
  lease.annotations = Strings(object, "/metadata/annotations");
  lease.uid = Text(object, "/metadata/uid");
  lease.resource_version = Text(object, "/metadata/resourceVersion");
  return lease;
}

}  // namespace

std::string MicroTime(absl::Time time) {
  return absl::FormatTime(kMicroTime, time, absl::UTCTimeZone());
}

std::optional<absl::Time> ReadMicroTime(const std::string& text) { return ParseRfc3339(text); }

ObjectId Leases::Id(const std::string& name) const { return {LeaseType(), ns_, name}; }

absl::StatusOr<std::vector<Lease>> Leases::List(const Context& context,
                                                const std::string& selector) {
  ASSIGN_OR_RETURN(const ObjectList list,
                   client_.List(context, LeaseType(), {.ns = ns_, .label_selector = selector}));
  std::vector<Lease> leases;
  leases.reserve(list.items.size());
  for (const Json& item : list.items) leases.push_back(FromJson(item));
  return leases;
}

absl::StatusOr<std::optional<Lease>> Leases::Get(const Context& context, const std::string& name) {
  const absl::StatusOr<Json> found = client_.Get(context, Id(name));
  if (HasReason(found.status(), Reason::kObjectNotFound)) return std::optional<Lease>();
  RETURN_IF_ERROR(found.status());
  return std::optional<Lease>(FromJson(*found));
}

absl::StatusOr<Lease> Leases::Settle(const Context& context, const Lease& wanted,
                                     const absl::StatusOr<Json>& answer) {
  if (answer.ok()) return FromJson(*answer);
  if (!HasReason(answer.status(), Reason::kObjectConflict) &&
      !HasReason(answer.status(), Reason::kClusterUnreachable))
    return answer.status();
  const auto found = Get(context, wanted.name);
  const bool done = found.ok() && found->has_value() && (*found)->holder == wanted.holder &&
                    (*found)->renew_time == wanted.renew_time;
  if (!done) return answer.status();
  return **found;
}

absl::Status Leases::MakeNamespace(const Context& context) {
  const Json object = {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", ns_}}}};
  const absl::Status made =
      client_.Create(context, {{"", "v1", "Namespace", "namespaces", false}, "", ns_}, object)
          .status();
  return HasReason(made, Reason::kObjectConflict) ? absl::OkStatus() : made;
}

absl::StatusOr<Lease> Leases::Create(const Context& context, const Lease& lease) {
  Lease fresh = lease;
  fresh.resource_version.clear();
  const Json object = ToJson(fresh, ns_);
  absl::StatusOr<Json> answer = client_.Create(context, Id(lease.name), object);
  if (HasReason(answer.status(), Reason::kObjectNotFound)) {
    RETURN_IF_ERROR(MakeNamespace(context));
    answer = client_.Create(context, Id(lease.name), object);
  }
  return Settle(context, fresh, answer);
}

absl::StatusOr<Lease> Leases::Replace(const Context& context, const Lease& lease) {
  return Settle(context, lease, client_.Replace(context, Id(lease.name), ToJson(lease, ns_)));
}

absl::Status Leases::Delete(const Context& context, const Lease& lease) {
  const absl::Status deleted = client_.Delete(
      context, Id(lease.name), {.uid = lease.uid, .resource_version = lease.resource_version});
  return HasReason(deleted, Reason::kObjectNotFound) ? absl::OkStatus() : deleted;
}

}  // namespace wheelhouse::kube

#include "server/kube/rest/discovery.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/formats/manifest.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

// Aggregated discovery: two requests instead of one for each group. Servers before 1.30 know it as
// v2beta1. Those before 1.27 do not know it: they answer in the last form, and each group has to be
// read.
constexpr char kAggregated[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json";

void AddAggregated(const Json& groups, std::vector<ResourceType>* types,
                   std::vector<std::string>* silent) {
  for (const Json& group : List(groups, "/items")) {
    const std::string name = Text(group, "/metadata/name");
    for (const Json& version : List(group, "/versions")) {
      const std::string number = Text(version, "/version");
      // What is listed here was served once. helm takes none of it (client-go), so neither does
      // the daemon.
      if (Text(version, "/freshness") == "Stale") {
        silent->push_back(absl::StrCat(name, "/", number));
        continue;
      }
      for (const Json& resource : List(version, "/resources")) {
        types->push_back({name, number, Text(resource, "/responseKind/kind"),
                          Text(resource, "/resource"), Text(resource, "/scope") == "Namespaced"});
      }
    }
  }
}

// An APIService is named VERSION.GROUP.
std::string ApiServiceOf(const std::string& group, const std::string& version) {
  return absl::StrCat(version, ".", group);
}

absl::Status Silent(const std::string& group, const std::string& version,
                    const std::string& words) {
  const std::string service = ApiServiceOf(group, version);
  v1::Failure failure = FailureOf(
      MakeFailure(Reason::kClusterUnreachable,
                  absl::StrCat("the server of the API group ", group,
                               " does not respond, so its kinds are not ", "known: APIService ",
                               service, words.empty() ? "" : ": ", words),
                  {{"group", group}, {"api_service", service}}));
  failure.set_hint(
      absl::StrCat("bring the server behind the APIService back, or delete the APIService if it is "
                   "no longer wanted: kubectl describe apiservice ",
                   service));
  return StatusFrom(failure);
}

// The condition Available: nullptr when there is none.
const Json* AvailabilityOf(const Json& service) {
  for (const Json& condition : List(service, "/status/conditions")) {
    if (Text(condition, "/type") == "Available") return &condition;
  }
  return nullptr;
}

}  // namespace

absl::Status Discovery::CheckAnswers(const Context& context, const std::string& api_version,
                                     const Served& served) const {
  const std::string group = GroupOf(api_version);
  if (group.empty()) return absl::OkStatus();
  std::string asked = api_version;
  bool silent = false;
  for (const std::string& one : served.silent) {
    if (GroupOf(one) != group || (silent && one != api_version)) continue;
    silent = true;
    asked = one;
  }
  const std::string version = asked.substr(group.size() + 1);
  // A group may also be left out for as long as its server has never been heard.
  const auto service =
      ask_(context, {.path = absl::StrCat("/apis/apiregistration.k8s.io/v1/apiservices/",
                                          ApiServiceOf(group, version)),
                     .patient = false});
  RETURN_IF_ERROR(context.Check());
  if (!service.ok()) {
    if (silent) return Silent(group, version, "");
    // Who may not read it has to believe discovery, which lists silent groups as well.
    if (HasReason(service.status(), Reason::kObjectNotFound) ||
        HasReason(service.status(), Reason::kPermissionDenied))
      return absl::OkStatus();
    return service.status();
  }
  const Json* available = AvailabilityOf(*service);
  const bool remote =
      service->contains("/spec/service"_json_pointer) && (*service)["spec"]["service"].is_object();
  if (!silent && (!remote || (available != nullptr && Text(*available, "/status") == "True")))
    return absl::OkStatus();
  return Silent(group, version,
                available == nullptr ? ""
                                     : absl::StrCat(Text(*available, "/reason"), ": ",
                                                    Text(*available, "/message")));
}

absl::Status Discovery::ReadGroup(const Context& context, const std::string& path,
                                  const std::string& group, const std::string& version,
                                  Served* served) const {
  const auto resources = ask_(context, {.path = path, .patient = false});
  if (!resources.ok()) {
    RETURN_IF_ERROR(context.Check());
    if (HasReason(resources.status(), Reason::kCredentialsInvalid)) return resources.status();
    // The server of an extension that is down must not hide the other groups.
    served->silent.push_back(group.empty() ? version : absl::StrCat(group, "/", version));
    return absl::OkStatus();
  }
  for (const Json& resource : List(*resources, "/resources")) {
    const std::string plural = Text(resource, "/name");
    if (absl::StrContains(plural, '/')) continue;  // a subresource
    const auto namespaced = resource.find("namespaced");
    served->types.push_back({group, version, Text(resource, "/kind"), plural,
                             namespaced != resource.end() && *namespaced == true});
  }
  return absl::OkStatus();
}

// Discovery without aggregation: `groups` is an APIVersions (of the core group) or an APIGroupList.
absl::Status Discovery::ReadGroups(const Context& context, const Json& groups,
                                   Served* served) const {
  for (const Json& version : List(groups, "/versions")) {
    if (!version.is_string()) continue;
    const std::string number = version.get<std::string>();
    RETURN_IF_ERROR(ReadGroup(context, "/api/" + number, "", number, served));
  }
  for (const Json& group : List(groups, "/groups")) {
    const std::string name = Text(group, "/name"),
                      preferred = Text(group, "/preferredVersion/version");
    std::vector<std::string> versions;
    for (const Json& version : List(group, "/versions"))
      versions.push_back(Text(version, "/version"));
    if (const auto at = std::find(versions.begin(), versions.end(), preferred);
        at != versions.end())
      std::rotate(versions.begin(), at, at + 1);
    for (const std::string& version : versions) {
      RETURN_IF_ERROR(
          ReadGroup(context, absl::StrCat("/apis/", name, "/", version), name, version, served));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Discovery::Served> Discovery::Read(const Context& context) const {
  Served served;
  for (const char* path : {"/api", "/apis"}) {
    ASSIGN_OR_RETURN(const Json groups, ask_(context, {.path = path, .accept = kAggregated}));
    if (Text(groups, "/kind") == "APIGroupDiscoveryList") {
      AddAggregated(groups, &served.types, &served.silent);
    } else {
      RETURN_IF_ERROR(ReadGroups(context, groups, &served));
    }
  }
  return served;
}

Discovery::Snapshot Discovery::Remembered(const Snapshot& old) {
  MutexLock lock(&mutex_);
  return remembered_ != old ? remembered_ : nullptr;
}

absl::StatusOr<Discovery::Snapshot> Discovery::OtherThan(const Snapshot& old,
                                                         const Context& context) {
  if (Snapshot known = Remembered(old)) return known;
  ASSIGN_OR_RETURN(const CancellableMutex::Held held, reading_.Lock(context));
  // The thread that held it before may have read a new one.
  if (Snapshot known = Remembered(old)) return known;
  const absl::Duration begun = SteadyNow();
  ASSIGN_OR_RETURN(Served served, Read(context));
  auto read = std::make_shared<const Served>(std::move(served));
  MutexLock lock(&mutex_);
  // If Forget was called meanwhile, what was read may be older than the change.
  if (begun > forgotten_) {
    remembered_ = read;
    read_ = begun;
  }
  return Snapshot(read);
}

void Discovery::Forget(absl::Duration before) {
  MutexLock lock(&mutex_);
  forgotten_ = std::max(forgotten_, std::min(before, SteadyNow()));
  if (read_ <= forgotten_) remembered_.reset();
}

absl::StatusOr<std::vector<ResourceType>> Discovery::Types(const Context& context) {
  ASSIGN_OR_RETURN(const Snapshot served, OtherThan(nullptr, context));
  return served->types;
}

absl::StatusOr<ResourceType> Discovery::Resolve(const Context& context,
                                                const std::string& api_version,
                                                const std::string& kind) {
  Snapshot served;
  // A miss reads once more.
  for (int reads = 0; reads < 2; ++reads) {
    ASSIGN_OR_RETURN(served, OtherThan(served, context));
    std::vector<const ResourceType*> found;
    for (const ResourceType& type : served->types) {
      if (type.kind != kind || (!api_version.empty() && type.ApiVersion() != api_version)) continue;
      if (found.empty() || found.back()->group != type.group) found.push_back(&type);
    }
    if (found.size() == 1) return *found[0];
    if (found.size() > 1) {
      return MakeFailure(
          Reason::kKindUnknown,
          absl::StrCat("the kind ", kind,
                       " is served by several groups; choose one with apiVersion: ",
                       absl::StrJoin(found, ", ", [](std::string* out, const ResourceType* type) {
                         absl::StrAppend(out, type->ApiVersion());
                       })));
    }
  }
  if (!api_version.empty()) RETURN_IF_ERROR(CheckAnswers(context, api_version, *served));
  return MakeFailure(Reason::kKindUnknown,
                     absl::StrCat("the cluster does not serve the kind ", kind,
                                  api_version.empty() ? "" : " of " + api_version,
                                  served->silent.empty() ? "" : "; these groups do not respond: ",
                                  absl::StrJoin(served->silent, ", ")));
}

}  // namespace wheelhouse::kube

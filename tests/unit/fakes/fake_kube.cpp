#include "tests/unit/fakes/fake_kube.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/formats/label_selector.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "tests/unit/fakes/gzip.h"
#include "tests/unit/fakes/watch_thread.h"

namespace wheelhouse::kube {
namespace {

std::string VersionOf(const Json& object) { return Text(object, "/metadata/resourceVersion"); }

absl::Status NotFound(const ObjectId& id) {
  return MakeFailure(Reason::kObjectNotFound, id.ToString() + " not found");
}

absl::Status Conflict(const ObjectId& id) {
  return MakeFailure(Reason::kObjectConflict, id.ToString() + " has been modified");
}

}  // namespace

std::string PackedRelease(const Json& release) {
  return absl::Base64Escape(absl::Base64Escape(Gzip(release.dump())));
}

FakeKube::Key FakeKube::KeyOf(const ObjectId& id) {
  return {id.type.group, id.type.plural, id.ns, id.name};
}

Json& FakeKube::Put(const ObjectId& id, Json object) {
  MutexLock lock(&mutex_);
  return Write(id, std::move(object));
}

Json& FakeKube::At(const ObjectId& id) {
  MutexLock lock(&mutex_);
  const auto found = objects_.find(KeyOf(id));
  return found == objects_.end() ? Write(id, Json::object()) : found->second;
}

void FakeKube::Remove(const ObjectId& id) {
  MutexLock lock(&mutex_);
  objects_.erase(KeyOf(id));
  ++version_;
  written_.NotifyAll();
}

Json FakeKube::Find(const ObjectId& id) {
  MutexLock lock(&mutex_);
  const auto found = objects_.find(KeyOf(id));
  return found == objects_.end() ? Json() : found->second;
}

std::set<std::string> FakeKube::Names(const std::string& kind) {
  const Key first = KeyOf(IdOf(kind, "", ""));
  MutexLock lock(&mutex_);
  std::set<std::string> names;
  for (const auto& [key, object] : objects_) {
    if (std::get<0>(key) == std::get<0>(first) && std::get<1>(key) == std::get<1>(first))
      names.insert(std::get<3>(key));
  }
  return names;
}

void FakeKube::PutRecord(const std::string& ns, const std::string& name, int revision,
                         const std::string& status, std::map<std::string, std::string> labels,
                         const std::string& manifest, const std::string& version) {
  labels.insert({{"owner", "helm"},
                 {"name", name},
                 {"version", std::to_string(revision)},
                 {"status", status}});
  Put(IdOf("Secret", ns, absl::StrCat("sh.helm.release.v1.", name, ".v", revision)),
      {{"metadata", {{"labels", labels}}},
       {"data",
        {{"release", PackedRelease({{"manifest", manifest},
                                    {"info", {{"status", status}}},
                                    {"chart", {{"metadata", {{"version", version}}}}}})}}}});
}

void FakeKube::FailNext(const std::string& call, absl::Status fault) {
  MutexLock lock(&mutex_);
  faults_[call].push_back(std::move(fault));
}

void FakeKube::LoseNextAnswer() {
  MutexLock lock(&mutex_);
  lose_answer_ = true;
}

std::vector<std::string> FakeKube::calls() {
  MutexLock lock(&mutex_);
  return calls_;
}

void FakeKube::Note(std::string call) {
  MutexLock lock(&mutex_);
  calls_.push_back(std::move(call));
}

absl::StatusOr<std::string> FakeKube::ServerVersion(const Context& context) {
  RETURN_IF_ERROR(Enter(context, "version"));
  return std::string("v1.37.2");
}

absl::StatusOr<std::vector<ResourceType>> FakeKube::ServedTypes(const Context& context) {
  RETURN_IF_ERROR(Enter(context, "served types"));
  return std::vector<ResourceType>{IdOf("ConfigMap", "", "").type, IdOf("Job", "", "").type};
}

absl::StatusOr<ResourceType> FakeKube::Resolve(const Context& context, const std::string&,
                                               const std::string& kind) {
  RETURN_IF_ERROR(Enter(context, "resolve " + kind));
  return IdOf(kind, "", "").type;
}

absl::StatusOr<Json> FakeKube::Get(const Context& context, const ObjectId& id) {
  const std::string call = "get " + id.ToString();
  Note(call);
  RETURN_IF_ERROR(Enter(context, call));
  RETURN_IF_ERROR(Allowed("get", id.type));
  Json object = Find(id);
  if (object.is_null()) return NotFound(id);
  return object;
}

absl::StatusOr<ObjectList> FakeKube::List(const Context& context, const ResourceType& type,
                                          const ListOptions& options) {
  const std::string call = absl::StrCat("list ", type.plural, " in ", options.ns);
  Note(absl::StrCat(call, options.metadata_only ? ", metadata only" : "",
                    options.label_selector.empty() ? "" : ", where ", options.label_selector));
  RETURN_IF_ERROR(Enter(context, call));
  RETURN_IF_ERROR(Allowed("list", type));
  const std::optional<LabelSelector> selector = LabelSelector::Parse(options.label_selector);
  if (!selector.has_value()) return absl::UnimplementedError(options.label_selector);
  ObjectList list;
  MutexLock lock(&mutex_);
  list.resource_version = std::to_string(version_);
  for (const auto& [key, object] : objects_) {
    if (std::get<0>(key) != type.group || std::get<1>(key) != type.plural) continue;
    if (!options.ns.empty() && std::get<2>(key) != options.ns) continue;
    if (!selector->Matches(object)) continue;
    Json& item = list.items.emplace_back(object);
    if (!options.managed_fields) item["metadata"].erase("managedFields");
    if (!options.metadata_only) continue;
    item = {
        {"apiVersion", item["apiVersion"]}, {"kind", item["kind"]}, {"metadata", item["metadata"]}};
  }
  list.complete = options.most == 0 || list.items.size() <= options.most;
  return list;
}

absl::StatusOr<Json> FakeKube::Create(const Context& context, const ObjectId& id,
                                      const Json& object) {
  RETURN_IF_ERROR(Enter(context, "create " + id.ToString()));
  RETURN_IF_ERROR(Allowed("create", id.type));
  if (!VersionOf(object).empty())
    return MakeFailure(Reason::kApplyRejected, "resourceVersion is set on an object to be created");
  MutexLock lock(&mutex_);
  if (id.type.namespaced && objects_.count(KeyOf(IdOf("Namespace", "", id.ns))) == 0)
    return NotFound(IdOf("Namespace", "", id.ns));
  if (objects_.count(KeyOf(id)) > 0)
    return MakeFailure(Reason::kObjectConflict, id.ToString() + " already exists");
  return Answer(Write(id, object));
}

absl::StatusOr<Json> FakeKube::Apply(const Context& context, const ObjectId& id, const std::string&,
                                     const ApplyOptions& options) {
  const std::string call = (options.dry_run ? "try " : "apply ") + id.ToString();
  Note(absl::StrCat("apply ", id.ToString(), " as ", options.field_manager,
                    options.dry_run ? ", dry run" : "", options.force ? ", by force" : ""));
  RETURN_IF_ERROR(Enter(context, call));
  if (applied.has_value()) return *applied;
  if (!options.dry_run) Put(id, Json::object());
  return Find(id);
}

absl::StatusOr<Json> FakeKube::Patch(const Context& context, const ObjectId& id, PatchType type,
                                     const std::string& patch) {
  RETURN_IF_ERROR(Enter(context, "patch " + id.ToString()));
  MutexLock lock(&mutex_);
  const auto found = objects_.find(KeyOf(id));
  if (found == objects_.end()) return NotFound(id);
  Json object = found->second;
  if (type == PatchType::kMerge) object.merge_patch(Json::parse(patch));
  if (VersionOf(object) != VersionOf(found->second)) return Conflict(id);
  return Write(id, std::move(object));
}

absl::StatusOr<Json> FakeKube::Replace(const Context& context, const ObjectId& id,
                                       const Json& object) {
  RETURN_IF_ERROR(Enter(context, "replace " + id.ToString()));
  RETURN_IF_ERROR(Allowed("update", id.type));
  MutexLock lock(&mutex_);
  const auto found = objects_.find(KeyOf(id));
  if (found == objects_.end()) return NotFound(id);
  if (VersionOf(object) != VersionOf(found->second)) return Conflict(id);
  return Answer(Write(id, object));
}

absl::Status FakeKube::Delete(const Context& context, const ObjectId& id,
                              const DeleteOptions& options) {
  RETURN_IF_ERROR(Enter(context, "delete " + id.ToString()));
  RETURN_IF_ERROR(Allowed("delete", id.type));
  MutexLock lock(&mutex_);
  const auto found = objects_.find(KeyOf(id));
  if (found == objects_.end()) return NotFound(id);
  if (!options.uid.empty() && options.uid != Text(found->second, "/metadata/uid"))
    return Conflict(id);
  if (!options.resource_version.empty() && options.resource_version != VersionOf(found->second))
    return Conflict(id);
  objects_.erase(found);
  ++version_;
  written_.NotifyAll();
  return absl::OkStatus();
}

std::unique_ptr<Watch> FakeKube::Begin(const ResourceType& type, const ListOptions& options,
                                       WatchHandlers handlers) {
  return std::make_unique<WatchThread>([=, this](const Context& context) {
    const absl::Status ended = WatchUntil(context, type, options, handlers);
    if (context.Check().ok()) handlers.on_end(ended);
  });
}

absl::Status FakeKube::WatchUntil(const Context& context, const ResourceType& type,
                                  const ListOptions& options, const WatchHandlers& handlers) {
  const std::string call = absl::StrCat("watch ", type.plural, " in ", options.ns);
  Note(call);
  RETURN_IF_ERROR(Enter(context, call));
  RETURN_IF_ERROR(Allowed("watch", type));
  const auto wakeup = context.OnCancel([this] {
    MutexLock lock(&mutex_);
    written_.NotifyAll();
  });
  for (int64_t seen = -1;;) {
    {
      MutexLock lock(&mutex_);
      while (version_ == seen && context.Check().ok())
        written_.WaitFor(&mutex_, context.Remaining());
      seen = version_;
    }
    RETURN_IF_ERROR(context.Check());
    ASSIGN_OR_RETURN(ObjectList list, List(context, type, options));
    handlers.on_list(std::move(list));
  }
}

absl::StatusOr<bool> FakeKube::MayI(const Context& context, const AccessReview& review) {
  RETURN_IF_ERROR(Enter(context, "may I " + review.verb));
  return forbidden.count(absl::StrCat(review.verb, " ", review.resource)) == 0;
}

absl::StatusOr<std::string> FakeKube::PodLogs(const Context& context, const std::string& ns,
                                              const std::string& pod, const std::string&,
                                              const LogOptions& options) {
  RETURN_IF_ERROR(Enter(context, absl::StrCat("logs ", ns, "/", pod)));
  if (options.previous) return previous_log;
  if (!log.empty()) return log;
  return absl::StrCat(options.timestamps ? "2026-01-31T12:00:00Z " : "", "log of ", pod);
}

absl::StatusOr<ServiceAnswer> FakeKube::AskService(const Context& context,
                                                   const ServiceRequest& request) {
  RETURN_IF_ERROR(Enter(context, absl::StrCat("ask ", request.ns, "/", request.name, ":",
                                              request.port, request.path)));
  return service;
}

absl::Status FakeKube::Enter(const Context& context, const std::string& call) {
  if (on_call) on_call(call);
  if (call == hang) (void)context.Sleep(absl::InfiniteDuration());
  RETURN_IF_ERROR(context.Check());
  if (fault) RETURN_IF_ERROR(fault(call));
  MutexLock lock(&mutex_);
  const auto found = faults_.find(call);
  if (found == faults_.end() || found->second.empty()) return absl::OkStatus();
  absl::Status next = std::move(found->second.front());
  found->second.pop_front();
  return next;
}

absl::Status FakeKube::Allowed(const std::string& verb, const ResourceType& type) const {
  const std::string right = absl::StrCat(verb, " ", type.plural);
  if (forbidden.count(right) == 0) return absl::OkStatus();
  return MakeFailure(Reason::kPermissionDenied, "you may not " + right);
}

Json& FakeKube::Write(const ObjectId& id, Json object) {
  object["apiVersion"] = id.type.ApiVersion();
  object["kind"] = id.type.kind;
  Json& metadata = object["metadata"];
  metadata["name"] = id.name;
  if (!id.ns.empty()) metadata["namespace"] = id.ns;
  if (!metadata.contains("uid")) metadata["uid"] = "uid of " + id.ToString();
  metadata["resourceVersion"] = std::to_string(++version_);
  Json& kept = objects_[KeyOf(id)];
  kept = std::move(object);
  written_.NotifyAll();
  return kept;
}

absl::StatusOr<Json> FakeKube::Answer(const Json& object) {
  if (std::exchange(lose_answer_, false))
    return MakeFailure(Reason::kClusterUnreachable, "the connection was lost");
  return object;
}

}  // namespace wheelhouse::kube

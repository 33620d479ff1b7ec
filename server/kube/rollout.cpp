#include "server/kube/rollout.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/kube/new_pods.h"
#include "server/kube/readiness.h"

namespace wheelhouse::kube {
namespace {

constexpr int kShown = 20;
// Up to this many objects of a kind and namespace are read one by one.
constexpr size_t kFew = 3;

// One object in one look.
struct Observation {
  const ObjectId* id = nullptr;
  std::optional<Json> object;  // nullopt: it does not exist
  Readiness readiness;
  std::string pods;  // what its pods wait for
};

// What would end the rollout.
struct Cause {
  std::string message;
  std::map<std::string, std::string> details;
};

class Rollout {
 public:
  Rollout(KubeClient& client, const Clock& clock, const std::vector<ObjectId>& objects,
          const RolloutOptions& options)
      : client_(client), clock_(clock), objects_(objects), options_(options) {}

  absl::Status Await(const Context& context) {
    while (true) {
      v1::Progress progress;
      absl::Status looked = Look(context, &progress);
      if (options_.on_progress && (looked.ok() || HasReason(looked, Reason::kPodFailing)))
        options_.on_progress(progress);
      // An API server that is unavailable for a moment is not a reason to give up: the Context
      // bounds the wait.
      if (!looked.ok() && !HasReason(looked, Reason::kClusterUnreachable)) return looked;
      if (looked.ok() && progress.ready() == progress.total() && !options_.until_cancelled)
        return absl::OkStatus();
      const absl::Status ended = context.Sleep(options_.look_every);
      if (!ended.ok()) {
        return looked.ok() ? ended
                           : While(absl::StrCat("trying again after \"",
                                                std::string(looked.message()), "\""),
                                   ended);
      }
    }
  }

 private:
  // POD_FAILING when one of the objects cannot succeed.
  absl::Status Look(const Context& context, v1::Progress* progress) {
    ASSIGN_OR_RETURN(std::vector<Observation> seen, Fetch(context));
    std::map<std::pair<std::string, std::string>, std::vector<Observation*>> unready;
    absl::Status failed;
    for (Observation& one : seen) {
      Remember(one);
      if (one.object.has_value()) one.readiness = ReadinessOf(*one.object);
      if (one.readiness.ready && ReadyByExisting(one.id->type)) settled_.insert(one.id);
      if (one.readiness.ready || !one.object.has_value()) continue;
      // An object that is going away does not show the new state.
      if (BeingDeleted(*one.object)) continue;
      if (one.readiness.hopeless)
        Fail(context, one, {absl::StrCat(" ", one.readiness.reason)}, &failed);
      if (one.id->type.kind == "Pod") {
        LookAtPods(context, &one, {*one.object}, &failed);
      } else if (HasPods(one.id->type) && Observed(*one.object)) {
        unready[{one.id->type.kind, one.id->ns}].push_back(&one);
      }
    }
    for (const auto& [kind, workloads] : unready)
      RETURN_IF_ERROR(LookAtWorkloads(context, workloads, &failed));
    Report(seen, progress);
    return failed;
  }

  // The objects that are not settled, as they are now.
  absl::StatusOr<std::vector<Observation>> Fetch(const Context& context) {
    std::map<std::tuple<std::string, std::string, std::string>, std::vector<const ObjectId*>> kinds;
    for (const ObjectId& id : objects_) {
      if (settled_.count(&id) == 0)
        kinds[{id.type.ApiVersion(), id.type.kind, id.ns}].push_back(&id);
    }
    std::vector<Observation> seen;
    for (const auto& [kind, ids] : kinds) {
      // Without a namespace the list is of the whole cluster and may be long: CRDs.
      const bool few = ids.size() <= kFew || !ids[0]->type.namespaced;
      ASSIGN_OR_RETURN(auto objects, few ? GetEach(context, ids) : ListAll(context, ids));
      for (const ObjectId* id : ids) {
        const auto found = objects.find(id->name);
        seen.push_back({id});
        if (found != objects.end()) seen.back().object = std::move(found->second);
        if (found == objects.end() && !options_.await_creation) {
          return MakeFailure(Reason::kObjectNotFound,
                             absl::StrCat(id->ToString(), " does not exist"),
                             {{"object", id->ToString()}});
        }
      }
    }
    return seen;
  }

  using ByName = std::map<std::string, Json>;

  absl::StatusOr<ByName> GetEach(const Context& context, const std::vector<const ObjectId*>& ids) {
    ByName objects;
    for (const ObjectId* id : ids) {
      absl::StatusOr<Json> object = client_.Get(context, *id);
      if (HasReason(object.status(), Reason::kObjectNotFound)) continue;
      RETURN_IF_ERROR(object.status());
      objects[id->name] = *std::move(object);
    }
    return objects;
  }

  absl::StatusOr<ByName> ListAll(const Context& context, const std::vector<const ObjectId*>& ids) {
    ListOptions options{.ns = ids[0]->ns};
    options.metadata_only = ReadyByExisting(ids[0]->type);
    ASSIGN_OR_RETURN(ObjectList list, client_.List(context, ids[0]->type, options));
    ByName objects;
    for (Json& item : list.items) objects.emplace(Text(item, "/metadata/name"), std::move(item));
    return objects;
  }

  // `workloads` are of one kind and namespace.
  absl::Status LookAtWorkloads(const Context& context, const std::vector<Observation*>& workloads,
                               absl::Status* failed) {
    std::vector<const Json*> objects;
    for (const Observation* one : workloads) objects.push_back(&*one->object);
    const ObjectId& first = *workloads[0]->id;
    const auto pods = NewPods(context, client_, first.type, first.ns, objects);
    if (HasReason(pods.status(), Reason::kPermissionDenied)) return absl::OkStatus();
    RETURN_IF_ERROR(pods.status());
    for (size_t i = 0; i < workloads.size(); ++i)
      LookAtPods(context, workloads[i], (*pods)[i], failed);
    return absl::OkStatus();
  }

  void LookAtPods(const Context& context, Observation* workload, const std::vector<Json>& pods,
                  absl::Status* failed) {
    for (const Json& pod : pods) {
      const std::string name = Text(pod, "/metadata/name"), uid = Text(pod, "/metadata/uid");
      ForgetHealed(pod, uid);
      for (const Trouble& trouble : TroublesOf(pod)) {
        if (workload->pods.empty())
          workload->pods = absl::StrCat("; ", name, ": ", PodTrouble(pod));
        const absl::Time now = clock_.Now();
        const absl::Time first =
            first_seen_.try_emplace({uid, trouble.container, trouble.Kind()}, now).first->second;
        if (!Hopeless(trouble, options_.early_failure, now - first)) continue;
        const std::string of = absl::StrCat(workload->id->ns, "/", name);
        Fail(context, *workload,
             {absl::StrCat(": pod ", of, " cannot start: ", trouble.ToString()),
              {{"pod", of}, {"container", trouble.container}, {"reason", trouble.reason}}},
             failed);
      }
    }
  }

  // A container that is ready, or an init container that is done, is no longer in trouble.
  void ForgetHealed(const Json& pod, const std::string& uid) {
    for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
      for (const Json& status : List(pod, list)) {
        if (status.value("ready", Json(false)) != true) continue;
        const std::string container = Text(status, "/name");
        std::erase_if(first_seen_, [&](const auto& entry) {
          return std::get<0>(entry.first) == uid && std::get<1>(entry.first) == container;
        });
      }
    }
  }

  // The first failure of a look counts, unless helm is about to change the object.
  void Fail(const Context& context, const Observation& seen, Cause cause, absl::Status* failed) {
    if (options_.early_failure.off() || !failed->ok()) return;
    if (options_.about_to_change && first_[seen.id] == GenerationOf(*seen.object) &&
        options_.about_to_change(context, *seen.id, *seen.object))
      return;
    const std::string object = seen.id->ToString();
    cause.details["object"] = object;
    *failed = MakeFailure(Reason::kPodFailing, object + cause.message, cause.details);
  }

  // Which object, and which generation of it.
  static std::string GenerationOf(const Json& object) {
    return absl::StrCat(Text(object, "/metadata/uid"), " ", Int(object, "/metadata/generation"));
  }

  void Remember(const Observation& seen) {
    first_.try_emplace(seen.id, seen.object.has_value() ? GenerationOf(*seen.object) : "absent");
  }

  void Report(const std::vector<Observation>& seen, v1::Progress* progress) const {
    progress->set_total(static_cast<int>(objects_.size()));
    int waiting = 0;
    for (const Observation& one : seen) {
      if (one.readiness.ready) continue;
      if (++waiting > kShown) continue;
      auto* added = progress->add_waiting();
      added->set_object(one.id->ToString());
      added->set_reason(one.object.has_value() ? one.readiness.reason + one.pods
                                               : "does not exist yet");
    }
    progress->set_ready(progress->total() - waiting);
  }

  KubeClient& client_;
  const Clock& clock_;
  const std::vector<ObjectId>& objects_;
  const RolloutOptions& options_;
  std::set<const ObjectId*> settled_;             // are ready because they exist
  std::map<const ObjectId*, std::string> first_;  // their GenerationOf at the first look
  // By pod, container and kind of trouble.
  std::map<std::tuple<std::string, std::string, std::string>, absl::Time> first_seen_;
};

}  // namespace

absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<ObjectId>& objects, const RolloutOptions& options) {
  return Rollout(client, clock, objects, options).Await(context);
}

bool WouldChange(const Context& context, KubeClient& client, const ObjectId& id, const Json& live,
                 const std::string& document) {
  const auto applied = client.Apply(context, id, document,
                                    {.field_manager = "helm", .force = true, .dry_run = true});
  const Json::json_pointer spec("/spec");
  return !applied.ok() || applied->value(spec, Json()) != live.value(spec, Json());
}

}  // namespace wheelhouse::kube

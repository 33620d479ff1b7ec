#include "server/kube/rollout.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <map>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/kube/readiness.h"

namespace wheelhouse::kube {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);
constexpr int kShown = 20;

std::string SelectorText(const Json& workload) {
  std::string selector;
  const Json::json_pointer at("/spec/selector/matchLabels");
  if (!workload.contains(at)) return selector;
  for (const auto& [key, value] : workload[at].items()) {
    absl::StrAppend(&selector, selector.empty() ? "" : ",", key, "=", value.get<std::string>());
  }
  return selector;
}

bool OwnedBy(const Json& object, const std::string& uid) {
  for (const Json& owner : List(object, "/metadata/ownerReferences")) {
    if (Text(owner, "/uid") == uid) return true;
  }
  return false;
}

class Rollout {
 public:
  Rollout(KubeClient& client, const Clock& clock, const std::vector<ObjectId>& objects,
          const RolloutOptions& options)
      : client_(client), clock_(clock), objects_(objects), options_(options) {}

  absl::Status Await(const Context& context) {
    while (true) {
      v1::Progress progress;
      absl::Status looked = Look(context, &progress);
      if (looked.ok() || HasReason(looked, Reason::kPodFailing)) {
        if (options_.on_progress) options_.on_progress(progress);
      }
      // An API server that is away for a moment is no reason to give up: the Context bounds the
      // waiting.
      if (!looked.ok() && !HasReason(looked, Reason::kClusterUnreachable)) return looked;
      if (looked.ok() && progress.ready() == progress.total() && !options_.until_cancelled)
        return absl::OkStatus();
      RETURN_IF_ERROR(context.Sleep(kLookEvery));
    }
  }

 private:
  // One look at every object. POD_FAILING when one of them cannot succeed.
  absl::Status Look(const Context& context, v1::Progress* progress) {
    progress->set_total(static_cast<int>(objects_.size()));
    for (const ObjectId& id : objects_) {
      absl::StatusOr<Json> object = client_.Get(context, id);
      if (HasReason(object.status(), Reason::kObjectNotFound) && options_.await_creation) {
        Waiting(progress, id, "does not exist yet");
        continue;
      }
      if (!object.ok()) return object.status();
      const Readiness readiness = ReadinessOf(*object);
      if (readiness.ready) {
        progress->set_ready(progress->ready() + 1);
        continue;
      }
      ASSIGN_OR_RETURN(const std::string pods, LookAtPods(context, id, *object));
      Waiting(progress, id, absl::StrCat(readiness.reason, pods.empty() ? "" : "; ", pods));
      if (readiness.hopeless && !options_.early_failure.off()) {
        return MakeFailure(Reason::kPodFailing, absl::StrCat(id.ToString(), " ", readiness.reason),
                           {{"object", id.ToString()}});
      }
    }
    return absl::OkStatus();
  }

  static void Waiting(v1::Progress* progress, const ObjectId& id, const std::string& reason) {
    if (progress->waiting_size() >= kShown) return;
    auto* waiting = progress->add_waiting();
    waiting->set_object(id.ToString());
    waiting->set_reason(reason);
  }

  // What the workload's pods of the new generation wait for; POD_FAILING when one is hopeless.
  absl::StatusOr<std::string> LookAtPods(const Context& context, const ObjectId& id,
                                         const Json& workload) {
    const std::string& kind = id.type.kind;
    std::vector<Json> pods;
    if (kind == "Pod") {
      pods.push_back(workload);
    } else if (kind == "Deployment" || kind == "StatefulSet" || kind == "DaemonSet" ||
               kind == "Job") {
      ASSIGN_OR_RETURN(pods, NewPods(context, id, workload));
    }
    std::string trouble;
    for (const Json& pod : pods) {
      const std::string name = Text(pod, "/metadata/name"), what = PodTrouble(pod);
      const std::string key =
          absl::StrCat(Text(pod, "/metadata/uid"), what.substr(0, what.find(':')));
      if (what.empty()) continue;
      const absl::Time first = first_seen_.try_emplace(KeyOf(key), clock_.Now()).first->second;
      if (trouble.empty()) trouble = absl::StrCat(name, ": ", what);
      const std::string hopeless = HopelessPod(pod, options_.early_failure, first, clock_.Now());
      if (hopeless.empty()) continue;
      return MakeFailure(Reason::kPodFailing,
                         absl::StrCat("pod ", id.ns, "/", name, " of ", id.ToString(),
                                      " cannot start: ", hopeless),
                         {{"object", id.ToString()}, {"pod", absl::StrCat(id.ns, "/", name)}});
    }
    return trouble;
  }

  // ErrImagePull and ImagePullBackOff take turns: one trouble.
  static std::string KeyOf(std::string key) {
    for (const char* name : {"ErrImagePull", "ImagePullBackOff"}) {
      if (absl::EndsWith(key, name))
        return key.substr(0, key.size() - std::string(name).size()) + "image";
    }
    return key;
  }

  absl::StatusOr<std::vector<Json>> NewPods(const Context& context, const ObjectId& id,
                                            const Json& workload) {
    ListOptions options;
    options.ns = id.ns;
    options.label_selector = SelectorText(workload);
    if (options.label_selector.empty()) return std::vector<Json>{};
    ASSIGN_OR_RETURN(const ObjectList all,
                     client_.List(context, {"", "v1", "Pod", "pods", true}, options));
    std::string owner = Text(workload, "/metadata/uid"), hash;
    if (id.type.kind == "Deployment") {
      ASSIGN_OR_RETURN(owner, NewestReplicaSet(context, options, owner));
    } else if (id.type.kind == "StatefulSet") {
      hash = Text(workload, "/status/updateRevision");
    } else if (id.type.kind == "DaemonSet") {
      ASSIGN_OR_RETURN(hash, NewestControllerRevision(context, options, owner));
    }
    std::vector<Json> pods;
    for (const Json& pod : all.items) {
      if (!OwnedBy(pod, owner)) continue;
      const std::string revision = Text(pod, "/metadata/labels/controller-revision-hash");
      // updateRevision is NAME-HASH, the label of a DaemonSet's pod HASH alone.
      if (hash.empty() || revision == hash || absl::EndsWith(hash, "-" + revision))
        pods.push_back(pod);
    }
    return pods;
  }

  absl::StatusOr<std::string> NewestReplicaSet(const Context& context, const ListOptions& options,
                                               const std::string& uid) {
    ASSIGN_OR_RETURN(
        const ObjectList sets,
        client_.List(context, {"apps", "v1", "ReplicaSet", "replicasets", true}, options));
    int64_t newest = -1;
    std::string found = "none";
    for (const Json& set : sets.items) {
      const int64_t revision =
          std::atoll(Text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").c_str());
      if (OwnedBy(set, uid) && revision > newest) {
        newest = revision;
        found = Text(set, "/metadata/uid");
      }
    }
    return found;
  }

  absl::StatusOr<std::string> NewestControllerRevision(const Context& context,
                                                       const ListOptions& options,
                                                       const std::string& uid) {
    ASSIGN_OR_RETURN(
        const ObjectList revisions,
        client_.List(context, {"apps", "v1", "ControllerRevision", "controllerrevisions", true},
                     options));
    int64_t newest = -1;
    std::string found;
    for (const Json& revision : revisions.items) {
      const int64_t number = revision.value("revision", int64_t{0});
      if (OwnedBy(revision, uid) && number > newest) {
        newest = number;
        found = Text(revision, "/metadata/labels/controller-revision-hash");
      }
    }
    return found;
  }

  KubeClient& client_;
  const Clock& clock_;
  const std::vector<ObjectId>& objects_;
  const RolloutOptions& options_;
  std::map<std::string, absl::Time> first_seen_;  // by pod and kind of trouble
};

}  // namespace

absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<ObjectId>& objects, const RolloutOptions& options) {
  return Rollout(client, clock, objects, options).Await(context);
}

}  // namespace wheelhouse::kube

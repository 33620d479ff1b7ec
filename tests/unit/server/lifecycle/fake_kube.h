// An API server in memory, into which the test can put objects and faults.
#pragma once

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "server/kube/cluster.h"
#include "server/kube/json.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::lifecycle {

inline kube::ObjectId IdOf(const std::string& kind, const std::string& ns,
                           const std::string& name) {
  static const std::map<std::string, kube::ResourceType> known = {
      {"Secret", {"", "v1", "Secret", "secrets", true}},
      {"ConfigMap", {"", "v1", "ConfigMap", "configmaps", true}},
      {"Pod", {"", "v1", "Pod", "pods", true}},
      {"Event", {"", "v1", "Event", "events", true}},
      {"Namespace", {"", "v1", "Namespace", "namespaces", false}},
      {"PersistentVolumeClaim",
       {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true}},
      {"CustomResourceDefinition",
       {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
        false}},
      {"Sail", {"sandbox.wheelhouse", "v1", "Sail", "sails", true}},
      {"ReplicaSet", {"apps", "v1", "ReplicaSet", "replicasets", true}},
      {"Job", {"batch", "v1", "Job", "jobs", true}},
      {"Deployment", {"apps", "v1", "Deployment", "deployments", true}}};
  return {known.at(kind), ns, name};
}

// A release as helm packs it into its record.
inline std::string PackedRelease(const kube::Json& release) {
  std::string text = release.dump();
  std::string packed(text.size() + 200, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return absl::Base64Escape(absl::Base64Escape(packed));
}

// An API server in memory. Thread-safe.
class FakeKube : public kube::KubeClient {
 public:
  // Answers the next such call with `fault`: `create Namespace shop`.
  void FailNext(const std::string& call, absl::Status fault) {
    MutexLock lock(&mutex_);
    faults_[call].push_back(std::move(fault));
  }
  std::string previous_log;
  // The call that is not answered before its Context ends.
  std::string hang;
  // What every Service answers.
  kube::ServiceAnswer service{200, ""};
  // Called before each call is answered, without a lock.
  std::function<void(const std::string& call)> on_call;

  void Put(const kube::ObjectId& id, kube::Json object) {
    object["apiVersion"] = id.type.ApiVersion();
    object["kind"] = id.type.kind;
    object["metadata"]["name"] = id.name;
    if (!id.ns.empty()) object["metadata"]["namespace"] = id.ns;
    if (!object["metadata"].contains("uid")) object["metadata"]["uid"] = "uid of " + id.ToString();
    MutexLock lock(&mutex_);
    objects_[id.ToString()] = std::move(object);
  }
  void Remove(const kube::ObjectId& id) {
    MutexLock lock(&mutex_);
    objects_.erase(id.ToString());
  }
  kube::Json Find(const kube::ObjectId& id) {
    MutexLock lock(&mutex_);
    const auto found = objects_.find(id.ToString());
    return found == objects_.end() ? kube::Json() : found->second;
  }

  // A release record, as helm keeps it.
  void PutRecord(const std::string& ns, const std::string& name, int revision,
                 const std::string& status, std::map<std::string, std::string> labels = {},
                 const std::string& manifest = "", const std::string& version = "1.0.0") {
    labels.insert({{"owner", "helm"},
                   {"name", name},
                   {"version", std::to_string(revision)},
                   {"status", status}});
    Put(IdOf("Secret", ns, absl::StrCat("sh.helm.release.v1.", name, ".v", revision)),
        {{"metadata", {{"labels", labels}}},
         {"data",
          {{"release", PackedRelease({{"manifest", manifest},
                                      {"chart", {{"metadata", {{"version", version}}}}}})}}}});
  }

  absl::StatusOr<std::string> ServerVersion(const Context& context) override {
    RETURN_IF_ERROR(Enter(context, "version"));
    return std::string("v1.37.2");
  }
  absl::StatusOr<kube::ResourceType> Resolve(const Context& context, const std::string&,
                                             const std::string& kind) override {
    RETURN_IF_ERROR(Enter(context, "resolve " + kind));
    return IdOf(kind, "", "").type;
  }
  absl::StatusOr<kube::Json> Get(const Context& context, const kube::ObjectId& id) override {
    RETURN_IF_ERROR(Enter(context, "get " + id.ToString()));
    kube::Json object = Find(id);
    if (object.is_null()) return MakeFailure(Reason::kObjectNotFound, id.ToString() + " not found");
    return object;
  }
  absl::StatusOr<kube::ObjectList> List(const Context& context, const kube::ResourceType& type,
                                        const kube::ListOptions& options) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("list ", type.plural, " in ", options.ns)));
    kube::ObjectList list;
    MutexLock lock(&mutex_);
    for (const auto& [key, object] : objects_) {
      if (object["kind"] == type.kind &&
          (options.ns.empty() || kube::Text(object, "/metadata/namespace") == options.ns) &&
          Selected(object, options.label_selector))
        list.items.push_back(object);
    }
    return list;
  }
  absl::StatusOr<kube::Json> Create(const Context& context, const kube::ObjectId& id,
                                    const kube::Json& object) override {
    RETURN_IF_ERROR(Enter(context, "create " + id.ToString()));
    if (!Find(id).is_null())
      return MakeFailure(Reason::kObjectConflict, id.ToString() + " already exists");
    Put(id, object);
    return Find(id);
  }
  absl::StatusOr<kube::Json> Apply(const Context& context, const kube::ObjectId& id,
                                   const std::string&, const kube::ApplyOptions& options) override {
    RETURN_IF_ERROR(Enter(context, "apply " + id.ToString()));
    if (!options.dry_run) Put(id, kube::Json::object());
    return Find(id);
  }
  absl::StatusOr<kube::Json> Patch(const Context& context, const kube::ObjectId& id,
                                   kube::PatchType type, const std::string& patch) override {
    RETURN_IF_ERROR(Enter(context, "patch " + id.ToString()));
    kube::Json object = Find(id);
    if (type == kube::PatchType::kMerge) object.merge_patch(kube::Json::parse(patch));
    Put(id, object);
    return object;
  }
  absl::StatusOr<kube::Json> Replace(const Context& context, const kube::ObjectId& id,
                                     const kube::Json& object) override {
    RETURN_IF_ERROR(Enter(context, "replace " + id.ToString()));
    Put(id, object);
    return object;
  }
  absl::Status Delete(const Context& context, const kube::ObjectId& id,
                      const kube::DeleteOptions&) override {
    RETURN_IF_ERROR(Enter(context, "delete " + id.ToString()));
    Remove(id);
    return absl::OkStatus();
  }
  absl::Status Watch(const Context& context, const kube::ResourceType&, const kube::ListOptions&,
                     const std::function<bool(const kube::ObjectList&)>&,
                     const std::function<bool(const kube::WatchEvent&)>&) override {
    return context.Check();
  }
  absl::StatusOr<bool> MayI(const Context& context, const kube::AccessReview& review) override {
    RETURN_IF_ERROR(Enter(context, "may I " + review.verb));
    return true;
  }
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string&,
                                      const kube::LogOptions& options) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("logs ", ns, "/", pod)));
    return options.previous ? previous_log : "log of " + pod;
  }
  absl::StatusOr<kube::ServiceAnswer> AskService(const Context& context,
                                                 const kube::ServiceRequest& request) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("ask ", request.ns, "/", request.name, ":",
                                                request.port, request.path)));
    return service;
  }
  void ForgetDiscovery() override {}

 private:
  absl::Status Enter(const Context& context, const std::string& call) {
    if (on_call) on_call(call);
    if (call == hang) (void)context.Sleep(absl::InfiniteDuration());
    RETURN_IF_ERROR(context.Check());
    MutexLock lock(&mutex_);
    std::deque<absl::Status>& faults = faults_[call];
    if (faults.empty()) return absl::OkStatus();
    const absl::Status fault = faults.front();
    faults.pop_front();
    return fault;
  }
  static bool Selected(const kube::Json& object, const std::string& selector) {
    for (absl::string_view pair : absl::StrSplit(selector, ',', absl::SkipEmpty())) {
      const std::vector<std::string> parts = absl::StrSplit(pair, '=');
      if (kube::Text(object, ("/metadata/labels/" + parts[0]).c_str()) != parts[1]) return false;
    }
    return true;
  }

  Mutex mutex_;
  std::map<std::string, kube::Json> objects_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<absl::Status>> faults_ ABSL_GUARDED_BY(mutex_);
};

class FakeCluster : public kube::Cluster {
 public:
  const kube::ClusterConfig& config() const override { return config_; }
  kube::KubeClient& client() override { return kube; }
  absl::StatusOr<kube::HelmAccess> AccessForHelm(const Context&) override {
    return kube::HelmAccess{};
  }
  FakeKube kube;

 private:
  const kube::ClusterConfig config_;
};

}  // namespace wheelhouse::lifecycle

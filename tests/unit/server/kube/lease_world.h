// A cluster of which only Leases are known, and its namespaces' being there or not.
#pragma once

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/status_macros.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Thread-safe.
class LeaseWorld final : public KubeClient {
 public:
  // `create namespace.a`, without a lock; an error is the call's, before it is done.
  void OnCall(std::function<absl::Status(const std::string& call)> on_call) {
    MutexLock lock(&mutex_);
    on_call_ = std::move(on_call);
  }
  // Of what was written or deleted.
  std::vector<std::string> Changes() {
    MutexLock lock(&mutex_);
    return changes_;
  }
  std::set<std::string> Names() {
    MutexLock lock(&mutex_);
    std::set<std::string> names;
    for (const auto& [name, lease] : leases_) names.insert(name);
    return names;
  }
  std::string Holder(const std::string& name) {
    MutexLock lock(&mutex_);
    const auto found = leases_.find(name);
    return found == leases_.end() ? "" : Text(found->second, "/spec/holderIdentity");
  }
  void Remove(const std::string& name) {
    MutexLock lock(&mutex_);
    leases_.erase(name);
  }
  // The next write is done, and its answer lost.
  void LoseAnAnswer() {
    MutexLock lock(&mutex_);
    lose_answer_ = true;
  }
  std::set<std::string> forbidden;  // verbs

  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override {
    RETURN_IF_ERROR(Enter(context, "get " + id.name));
    MutexLock lock(&mutex_);
    const auto found = leases_.find(id.name);
    if (found == leases_.end()) return NotFound(id);
    return found->second;
  }
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType&,
                                  const ListOptions& options) override {
    RETURN_IF_ERROR(Enter(context, "list"));
    EXPECT_EQ(options.ns, "wheelhouse-system");
    MutexLock lock(&mutex_);
    ObjectList list;
    for (const auto& [name, lease] : leases_) list.items.push_back(lease);
    return list;
  }
  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override {
    RETURN_IF_ERROR(Enter(context, "create " + id.name));
    MutexLock lock(&mutex_);
    if (id.type.kind == "Namespace") {
      has_namespace_ = true;
      return object;
    }
    if (!has_namespace_) return MakeFailure(Reason::kObjectNotFound, "no namespace");
    if (leases_.count(id.name) > 0) return MakeFailure(Reason::kObjectConflict, "exists");
    return Write(id, object);
  }
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override {
    RETURN_IF_ERROR(Enter(context, "replace " + id.name));
    MutexLock lock(&mutex_);
    if (leases_.count(id.name) == 0) return NotFound(id);
    const std::string version = Text(object, "/metadata/resourceVersion");
    EXPECT_FALSE(version.empty()) << "not a compare-and-set";
    if (version != Version(id.name)) return MakeFailure(Reason::kObjectConflict, "has changed");
    return Write(id, object);
  }
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override {
    RETURN_IF_ERROR(Enter(context, "delete " + id.name));
    MutexLock lock(&mutex_);
    if (leases_.count(id.name) == 0) return NotFound(id);
    EXPECT_FALSE(options.resource_version.empty()) << "not a compare-and-set";
    if (options.resource_version != Version(id.name))
      return MakeFailure(Reason::kObjectConflict, "has changed");
    leases_.erase(id.name);
    changes_.push_back("delete " + id.name);
    return absl::OkStatus();
  }
  absl::StatusOr<bool> MayI(const Context&, const AccessReview& review) override {
    return forbidden.count(review.verb) == 0;
  }

  absl::StatusOr<std::string> ServerVersion(const Context&) override { return None(); }
  absl::StatusOr<ResourceType> Resolve(const Context&, const std::string&,
                                       const std::string&) override {
    return None();
  }
  absl::StatusOr<Json> Apply(const Context&, const ObjectId&, const std::string&,
                             const ApplyOptions&) override {
    return None();
  }
  absl::StatusOr<Json> Patch(const Context&, const ObjectId&, PatchType,
                             const std::string&) override {
    return None();
  }
  absl::Status Watch(const Context&, const ResourceType&, const ListOptions&,
                     const std::function<bool(const ObjectList&)>&,
                     const std::function<bool(const WatchEvent&)>&) override {
    return None();
  }
  absl::StatusOr<std::string> PodLogs(const Context&, const std::string&, const std::string&,
                                      const std::string&, const LogOptions&) override {
    return None();
  }
  absl::StatusOr<ServiceAnswer> AskService(const Context&, const ServiceRequest&) override {
    return None();
  }
  void ForgetDiscovery() override {}

 private:
  static absl::Status None() { return absl::UnimplementedError("not faked"); }
  static absl::Status NotFound(const ObjectId& id) {
    return MakeFailure(Reason::kObjectNotFound, id.ToString());
  }
  absl::Status Enter(const Context& context, const std::string& call) {
    RETURN_IF_ERROR(context.Check());
    std::function<absl::Status(const std::string&)> on_call;
    {
      MutexLock lock(&mutex_);
      on_call = on_call_;
    }
    return on_call ? on_call(call) : absl::OkStatus();
  }
  std::string Version(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return Text(leases_[name], "/metadata/resourceVersion");
  }
  absl::StatusOr<Json> Write(const ObjectId& id, Json object)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    changes_.push_back(
        absl::StrCat("write ", id.name, " for ", Text(object, "/spec/holderIdentity")));
    leases_[id.name] = object;
    if (std::exchange(lose_answer_, false))
      return MakeFailure(Reason::kClusterUnreachable, "the connection was lost");
    return object;
  }

  Mutex mutex_;
  std::function<absl::Status(const std::string&)> on_call_ ABSL_GUARDED_BY(mutex_);
  bool lose_answer_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_namespace_ ABSL_GUARDED_BY(mutex_) = false;
  int version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Json> leases_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> changes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube

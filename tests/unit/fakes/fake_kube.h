// An API server in memory, into which a test puts objects and faults.
//
// It models: the kinds of known_kinds.h; resourceVersions, and the conflicts that come of them
// (Create of what exists, Replace, Patch and Delete with a version that is no longer the object's);
// namespaces, without which nothing is created in them; label selectors; lists of metadata alone;
// JSON merge patches.
//
// It leaves out: validation, defaults and generations; field selectors and paging; what documents
// of Apply say (the object is there afterwards, and nothing else is in it) and patches of other
// types (they change nothing); controllers, finalizers and cascades (what is deleted is gone at
// once, and alone); the events of watches (a watch lists anew after each write, also of other
// kinds, but not after a change by reference); fresh uids (an object has the
// same one, `uid of ConfigMap shop/a`, each time it is made).
//
// A call is named `VERB KIND NS/NAME`: `create Secret shop/a`, `get Namespace shop`, `try Secret
// shop/a` (an Apply as a dry run); others are
// `list secrets in shop`, `resolve Secret`, `may I create`, `logs shop/POD`, `ask
// shop/SERVICE:PORT/PATH` and `version`.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/mutex.h"
#include "server/kube/kube_client.h"
#include "server/kube/watcher.h"
#include "tests/unit/fakes/known_kinds.h"

namespace wheelhouse::kube {

// A release as helm packs it into its record.
std::string PackedRelease(const Json& release);

// Thread-safe, but for the public fields: they are set before other threads use it.
class FakeKube : public KubeClient, public Watcher {
 public:
  // The cluster's contents. Put fills in what every object has, apiVersion, kind and metadata; the
  // reference that it and At return is for tests of one thread, and holds until the object is
  // removed. At makes an object that is not there. Find returns null where there is none.
  Json& Put(const ObjectId& id, Json object);
  Json& At(const ObjectId& id);
  void Remove(const ObjectId& id);
  Json Find(const ObjectId& id);
  // The names of the objects of a kind, in all namespaces.
  std::set<std::string> Names(const std::string& kind);
  // A release record as helm keeps it. `labels` are added to helm's own.
  void PutRecord(const std::string& ns, const std::string& name, int revision,
                 const std::string& status, std::map<std::string, std::string> labels = {},
                 const std::string& manifest = "", const std::string& version = "1.0.0");

  // The next such call fails with `fault` and does nothing.
  void FailNext(const std::string& call, absl::Status fault);
  // The next Create or Replace is done, and its answer is lost.
  void LoseNextAnswer();
  // Sees each call before it is answered. Called without a lock.
  std::function<void(const std::string& call)> on_call;
  // An error is the answer of the call, which then does nothing. Called without a lock.
  std::function<absl::Status(const std::string& call)> fault;
  // The call that is not answered before its Context ends.
  std::string hang;
  // `list pods`, `create leases`: what is PERMISSION_DENIED, and what MayI says no to.
  std::set<std::string> forbidden;
  // What Apply answers in place of what it does, when it is set.
  std::optional<absl::StatusOr<Json>> applied;
  // Of each container, in place of `log of POD`; with time stamps where they are asked for.
  std::string log;
  std::string previous_log;           // of each container that was restarted
  ServiceAnswer service = {200, ""};  // what each Service answers

  // Every Get, List and Apply, with what it asked for: `list pods in shop, metadata only, where
  // app=web`, `apply Secret shop/a as helm, dry run, by force`.
  std::vector<std::string> calls();

  absl::StatusOr<std::string> ServerVersion(const Context& context) override;
  absl::StatusOr<std::vector<ResourceType>> ServedTypes(const Context& context) override;
  absl::StatusOr<ResourceType> Resolve(const Context& context, const std::string& api_version,
                                       const std::string& kind) override;
  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override;
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override;
  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override;
  absl::StatusOr<Json> Apply(const Context& context, const ObjectId& id,
                             const std::string& document, const ApplyOptions& options) override;
  absl::StatusOr<Json> Patch(const Context& context, const ObjectId& id, PatchType type,
                             const std::string& patch) override;
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override;
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override;
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review) override;
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string& container,
                                      const LogOptions& options) override;
  absl::StatusOr<ServiceAnswer> AskService(const Context& context,
                                           const ServiceRequest& request) override;
  void ForgetDiscovery(absl::Duration) override {}
  using KubeClient::ForgetDiscovery;
  std::unique_ptr<Watch> Begin(const ResourceType& type, const ListOptions& options,
                               WatchHandlers handlers) override;

 private:
  absl::Status WatchUntil(const Context& context, const ResourceType& type,
                          const ListOptions& options, const WatchHandlers& handlers);
  using Key = std::tuple<std::string, std::string, std::string, std::string>;
  static Key KeyOf(const ObjectId& id);

  // The faults that the test has ordered; OK when the call is to be done.
  absl::Status Enter(const Context& context, const std::string& call);
  absl::Status Allowed(const std::string& verb, const ResourceType& type) const;
  Json& Write(const ObjectId& id, Json object) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The answer of a write that was done.
  absl::StatusOr<Json> Answer(const Json& object) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Note(std::string call);

  Mutex mutex_;
  CondVar written_;
  std::map<Key, Json> objects_ ABSL_GUARDED_BY(mutex_);
  int64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::deque<absl::Status>> faults_ ABSL_GUARDED_BY(mutex_);
  bool lose_answer_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube

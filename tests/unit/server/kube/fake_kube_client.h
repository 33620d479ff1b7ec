// A KubeClient whose cluster is a map, for states that a real one reaches only by luck. Selectors
// are written down, not obeyed.
#pragma once

#include <absl/strings/str_cat.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "common/failure.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

class FakeKubeClient final : public KubeClient {
 public:
  // `object` has apiVersion, kind, metadata.name and, where it has one, metadata.namespace.
  Json& Put(const std::string& plural, const Json& object) {
    Json& kept =
        objects[{plural, Text(object, "/metadata/namespace"), Text(object, "/metadata/name")}];
    kept = object;
    return kept;
  }

  absl::StatusOr<Json> Get(const Context&, const ObjectId& id) override {
    calls.push_back("get " + id.ToString());
    if (!error.ok()) return error;
    const auto found = objects.find({id.type.plural, id.ns, id.name});
    if (found == objects.end()) return MakeFailure(Reason::kObjectNotFound, id.ToString());
    return found->second;
  }
  absl::StatusOr<ObjectList> List(const Context&, const ResourceType& type,
                                  const ListOptions& options) override {
    calls.push_back(absl::StrCat("list ", type.plural, options.metadata_only ? " names" : "",
                                 options.label_selector.empty() ? "" : " where ",
                                 options.label_selector));
    if (!error.ok()) return error;
    if (forbidden.count(type.plural) > 0) return MakeFailure(Reason::kPermissionDenied, "no");
    ObjectList list;
    for (const auto& [key, object] : objects) {
      if (std::get<0>(key) == type.plural && std::get<1>(key) == options.ns)
        list.items.push_back(object);
    }
    return list;
  }
  absl::StatusOr<Json> Apply(const Context&, const ObjectId& id, const std::string& document,
                             const ApplyOptions& options) override {
    calls.push_back(absl::StrCat(options.dry_run ? "dry " : "", "apply ", id.ToString(), " as ",
                                 options.field_manager, options.force ? " by force" : ""));
    return applied;
  }

  absl::StatusOr<std::string> ServerVersion(const Context&) override { return None(); }
  absl::StatusOr<ResourceType> Resolve(const Context&, const std::string&,
                                       const std::string&) override {
    return None();
  }
  absl::StatusOr<Json> Create(const Context&, const ObjectId&, const Json&) override {
    return None();
  }
  absl::StatusOr<Json> Patch(const Context&, const ObjectId&, PatchType,
                             const std::string&) override {
    return None();
  }
  absl::StatusOr<Json> Replace(const Context&, const ObjectId&, const Json&) override {
    return None();
  }
  absl::Status Delete(const Context&, const ObjectId&, const DeleteOptions&) override {
    return None();
  }
  absl::Status Watch(const Context&, const ResourceType&, const ListOptions&,
                     const std::function<bool(const ObjectList&)>&,
                     const std::function<bool(const WatchEvent&)>&) override {
    return None();
  }
  absl::StatusOr<bool> MayI(const Context&, const AccessReview&) override { return None(); }
  absl::StatusOr<std::string> PodLogs(const Context&, const std::string&, const std::string&,
                                      const std::string&, const LogOptions&) override {
    return None();
  }
  absl::StatusOr<ServiceAnswer> AskService(const Context&, const ServiceRequest&) override {
    return None();
  }
  void ForgetDiscovery() override {}

  // By plural, namespace and name.
  std::map<std::tuple<std::string, std::string, std::string>, Json> objects;
  std::vector<std::string> calls;
  std::set<std::string> forbidden;  // plurals that may not be listed
  absl::Status error;               // of each Get and List, when it is set
  absl::StatusOr<Json> applied = Json::object();

 private:
  static absl::Status None() { return absl::UnimplementedError("not faked"); }
};

}  // namespace wheelhouse::kube

// A FakeKube of which only the Leases of wheelhouse-system are used, all of them written by
// compare-and-set, and what a test wants to know of them.
#pragma once

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "server/kube/json.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {

// Thread-safe as FakeKube is.
class LeaseWorld final : public FakeKube {
 public:
  // The name of a call for `fault`: `create claim`.
  static std::string CallOf(absl::string_view verb, const std::string& lease) {
    return absl::StrCat(verb, " ", IdOfLease(lease).ToString());
  }
  // Every write and delete that was done and answered: `write claim for HOLDER`, `delete claim`.
  std::vector<std::string> Changes() {
    MutexLock lock(&changes_mutex_);
    return changes_;
  }
  std::set<std::string> Names() { return FakeKube::Names("Lease"); }
  std::string Holder(const std::string& name) {
    return Text(Find(IdOfLease(name)), "/spec/holderIdentity");
  }
  void Remove(const std::string& name) { FakeKube::Remove(IdOfLease(name)); }

  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override {
    EXPECT_EQ(options.ns, kNamespace);
    return FakeKube::List(context, type, options);
  }
  absl::StatusOr<Json> Create(const Context& context, const ObjectId& id,
                              const Json& object) override {
    return Noted(FakeKube::Create(context, id, object), id);
  }
  absl::StatusOr<Json> Replace(const Context& context, const ObjectId& id,
                               const Json& object) override {
    EXPECT_FALSE(Text(object, "/metadata/resourceVersion").empty()) << "not a compare-and-set";
    return Noted(FakeKube::Replace(context, id, object), id);
  }
  absl::Status Delete(const Context& context, const ObjectId& id,
                      const DeleteOptions& options) override {
    EXPECT_FALSE(options.resource_version.empty()) << "not a compare-and-set";
    const absl::Status deleted = FakeKube::Delete(context, id, options);
    if (deleted.ok()) Changed("delete " + id.name);
    return deleted;
  }

 private:
  static constexpr char kNamespace[] = "wheelhouse-system";
  static ObjectId IdOfLease(const std::string& name) { return IdOf("Lease", kNamespace, name); }

  absl::StatusOr<Json> Noted(absl::StatusOr<Json> answer, const ObjectId& id) {
    if (answer.ok() && id.type.kind == "Lease")
      Changed(absl::StrCat("write ", id.name, " for ", Text(*answer, "/spec/holderIdentity")));
    return answer;
  }
  void Changed(std::string change) {
    MutexLock lock(&changes_mutex_);
    changes_.push_back(std::move(change));
  }

  Mutex changes_mutex_;
  std::vector<std::string> changes_ ABSL_GUARDED_BY(changes_mutex_);
};

}  // namespace wheelhouse::kube

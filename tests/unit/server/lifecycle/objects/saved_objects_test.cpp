// Copies of objects: what goes back, and what meets them there.
#include "server/lifecycle/objects/saved_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;

class SavedObjectsTest : public testing::Test {
 protected:
  static kube::Json Saved() {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", "a"},
              {"namespace", "shop"},
              {"uid", "old"},
              {"resourceVersion", "1"},
              {"managedFields", kube::Json::array()}}},
            {"data", {{"color", "red"}}}};
  }
  absl::StatusOr<bool> PutItBack(WhenPresent present = WhenPresent::kLeave) {
    return PutBack(around_.work, around_.chart(), saved_, present);
  }
  kube::Json OwnedBy(const std::string& kind, const std::string& uid) {
    return {{"apiVersion", "apps/v1"}, {"kind", kind}, {"name", "web"}, {"uid", uid}};
  }
  kube::Json Owners() {
    return around_.kube.Find(id_).value("/metadata/ownerReferences"_json_pointer, kube::Json());
  }

  Surroundings around_;
  kube::Json saved_ = Saved();
  const kube::ObjectId id_ = IdOf("ConfigMap", "shop", "a");
};

TEST_F(SavedObjectsTest, AnAbsentObjectIsMadeWithoutWhatTheOldOneAloneHad) {
  saved_["status"] = {{"a", "b"}};
  EXPECT_EQ(PutItBack().value(), true);
  const kube::Json live = around_.kube.Find(id_);
  EXPECT_EQ(live["data"]["color"], "red");
  EXPECT_NE(live["metadata"]["uid"], "old");
  EXPECT_FALSE(live.contains("status"));
  // The API server takes no object that brings a resourceVersion, and gives this one its own.
  EXPECT_NE(live["metadata"]["resourceVersion"], saved_["metadata"]["resourceVersion"]);
}

TEST_F(SavedObjectsTest, AnObjectThatIsThereIsLeftUnlessAskedOtherwise) {
  around_.kube.Put(id_, {{"data", {{"color", "blue"}}}});
  EXPECT_EQ(PutItBack().value(), false);
  EXPECT_EQ(around_.kube.Find(id_)["data"]["color"], "blue");
  EXPECT_EQ(PutItBack(WhenPresent::kOverwrite).value(), true);
  EXPECT_EQ(around_.kube.Find(id_)["data"]["color"], "red");
}

TEST_F(SavedObjectsTest, OneThatChangesMeanwhileIsOverwrittenAllTheSame) {
  around_.kube.Put(id_, {{"data", {{"color", "blue"}}}});
  around_.kube.FailNext("replace ConfigMap shop/a",
                        MakeFailure(Reason::kObjectConflict, "it has been modified"));
  EXPECT_EQ(PutItBack(WhenPresent::kOverwrite).value(), true);
  EXPECT_EQ(around_.kube.Find(id_)["data"]["color"], "red");
}

TEST_F(SavedObjectsTest, OneThatIsBeingDeletedIsWaitedForAndMadeAnew) {
  around_.kube.Put(id_, {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}});
  int looks = 0;
  around_.kube.on_call = [&](const std::string& call) {
    if (call == "get ConfigMap shop/a" && ++looks == 2) around_.kube.Remove(id_);
  };
  EXPECT_EQ(PutItBack().value(), true);
  EXPECT_EQ(around_.kube.Find(id_)["data"]["color"], "red");
}

TEST_F(SavedObjectsTest, OwnersThatAreGoneAreLeftOut) {
  around_.kube.Put(IdOf("Deployment", "shop", "web"), {{"metadata", {{"uid", "alive"}}}});
  saved_["metadata"]["ownerReferences"] = {OwnedBy("Deployment", "alive"),
                                           OwnedBy("Deployment", "replaced"),
                                           OwnedBy("ReplicaSet", "gone")};
  for (const WhenPresent present : {WhenPresent::kLeave, WhenPresent::kOverwrite}) {
    ASSERT_TRUE(PutItBack(present).ok());
    EXPECT_THAT(Owners(), ElementsAre(OwnedBy("Deployment", "alive")));
  }
}

TEST_F(SavedObjectsTest, AnOwnerThatCannotBeReadIsNoGoneOne) {
  saved_["metadata"]["ownerReferences"] = kube::Json::array({OwnedBy("Deployment", "alive")});
  around_.kube.FailNext("get Deployment shop/web",
                        MakeFailure(Reason::kClusterUnreachable, "the server is away"));
  EXPECT_TRUE(HasReason(PutItBack().status(), Reason::kClusterUnreachable));
  EXPECT_TRUE(around_.kube.Find(id_).is_null());
}

TEST_F(SavedObjectsTest, ObjectsAreKeptInOrderAndAbsentOnesLeftOut) {
  around_.kube.Put(id_, {{"data", {{"color", "red"}}}});
  EXPECT_EQ(SaveObjects(around_.work, around_.chart(), around_.known().trail, "backup",
                        {IdOf("Pod", "shop", "absent"), id_})
                .value(),
            1);
  const auto kept = KeptJson(around_.chart(), "backup");
  ASSERT_TRUE(kept.ok() && kept->has_value()) << kept.status();
  EXPECT_EQ(**kept, kube::Json::array({around_.kube.Find(id_)}));
  EXPECT_FALSE(KeptJson(around_.chart(), "other").value().has_value());
}

TEST_F(SavedObjectsTest, WhatAnOlderRunHasKeptStaysAsItWasThen) {
  around_.kube.Put(id_, {{"data", {{"color", "red"}}}});
  kube::Json before = around_.kube.Find(id_);
  before["data"]["color"] = "blue";
  around_.journal.kept_by[{"run-0", "backup"}] = kube::Json::array({before}).dump();
  around_.known().trail.mutable_taken_over()->add_runs("run-0");
  ASSERT_TRUE(
      SaveObjects(around_.work, around_.chart(), around_.known().trail, "backup", {id_}).ok());
  EXPECT_EQ(**KeptJson(around_.chart(), "backup"), kube::Json::array({before}));
}

TEST_F(SavedObjectsTest, MoreThanIsKeptFails) {
  for (int i = 0; i < 17; ++i) {
    around_.kube.Put(IdOf("ConfigMap", "shop", std::to_string(i)),
                     {{"data", {{"a", std::string(1 << 20, 'a')}}}});
  }
  std::vector<kube::ObjectId> ids;
  for (int i = 0; i < 17; ++i) ids.push_back(IdOf("ConfigMap", "shop", std::to_string(i)));
  const auto saved =
      SaveObjects(around_.work, around_.chart(), around_.known().trail, "backup", ids);
  EXPECT_TRUE(HasReason(saved.status(), Reason::kStepFailed)) << saved.status();
  EXPECT_TRUE(around_.journal.kept.empty());
}

TEST_F(SavedObjectsTest, MoreThanTheCallerMayKeepFails) {
  around_.kube.Put(id_, {{"data", {{"color", std::string(1000, 'a')}}}});
  around_.journal.kept_bytes = 100;
  const auto saved =
      SaveObjects(around_.work, around_.chart(), around_.known().trail, "backup", {id_});
  EXPECT_TRUE(HasReason(saved.status(), Reason::kCallerLimit)) << saved.status();
  EXPECT_TRUE(around_.journal.kept.empty());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

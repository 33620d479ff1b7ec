#include "tests/unit/fakes/fake_kube.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;

class FakeKubeTest : public testing::Test {
 protected:
  FakeKubeTest() { kube_.Put(IdOf("Namespace", "", "shop"), Json::object()); }

  std::vector<std::string> Listed(const std::string& selector, const std::string& ns = "shop") {
    std::vector<std::string> names;
    const ObjectList list = *kube_.List(context_, id_.type, {ns, selector});
    for (const Json& item : list.items) names.push_back(Text(item, "/metadata/name"));
    return names;
  }
  void PutLabelled(const std::string& name, const std::string& app) {
    kube_.Put(IdOf("Pod", "shop", name), {{"metadata", {{"labels", {{"app", app}}}}}});
  }
  static bool Conflicts(const absl::Status& status) {
    return HasReason(status, Reason::kObjectConflict);
  }

  const Context context_ = Context::Background();
  const ObjectId id_ = IdOf("Pod", "shop", "a");
  FakeKube kube_;
};

TEST_F(FakeKubeTest, CreatesOnceAndOnlyInANamespaceThatExists) {
  const auto made = kube_.Create(context_, id_, Json::object());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Text(*made, "/kind"), "Pod");
  EXPECT_TRUE(Conflicts(kube_.Create(context_, id_, Json::object()).status()));
  EXPECT_TRUE(HasReason(kube_.Create(context_, IdOf("Pod", "far", "a"), Json::object()).status(),
                        Reason::kObjectNotFound));
  EXPECT_TRUE(HasReason(kube_.Create(context_, IdOf("Pod", "shop", "b"), *made).status(),
                        Reason::kApplyRejected))
      << "it has a resourceVersion";
}

TEST_F(FakeKubeTest, WritesWithAnOldResourceVersionConflict) {
  const Json old = *kube_.Create(context_, id_, Json::object());
  const std::string version = Text(old, "/metadata/resourceVersion");
  const auto patch = [&](const std::string& resource_version) {
    return kube_.MergePatch(context_, id_, {{"metadata", {{"resourceVersion", resource_version}}}});
  };
  ASSERT_TRUE(patch(version).ok());
  EXPECT_TRUE(Conflicts(patch(version).status()));
  EXPECT_TRUE(Conflicts(kube_.Replace(context_, id_, old).status()));
  EXPECT_TRUE(Conflicts(kube_.Replace(context_, id_, Json::object()).status()));
  EXPECT_TRUE(Conflicts(kube_.Delete(context_, id_, {.resource_version = version})));
  EXPECT_TRUE(Conflicts(kube_.Delete(context_, id_, {.uid = "another"})));
  EXPECT_TRUE(kube_.Replace(context_, id_, kube_.Find(id_)).ok());
  EXPECT_TRUE(kube_.Delete(context_, id_, {}).ok());
  EXPECT_TRUE(HasReason(kube_.Delete(context_, id_, {}), Reason::kObjectNotFound));
  EXPECT_TRUE(HasReason(patch("").status(), Reason::kObjectNotFound));
}

TEST_F(FakeKubeTest, ListsWhatIsSelected) {
  PutLabelled("a", "web");
  PutLabelled("b", "db");
  PutLabelled("c", "cache");
  kube_.Put(IdOf("Pod", "far", "d"), {{"metadata", {{"labels", {{"app", "web"}}}}}});
  kube_.At(id_)["metadata"]["labels"]["tier"] = "front";
  EXPECT_THAT(Listed(""), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Listed("app=web"), ElementsAre("a"));
  EXPECT_THAT(Listed("app=web", ""), ElementsAre("d", "a")) << "by namespace";
  EXPECT_THAT(Listed("app in (db,web)"), ElementsAre("a", "b"));
  EXPECT_THAT(Listed("app in (db,web),tier=front"), ElementsAre("a"));
  EXPECT_THAT(Listed("absent=web"), ElementsAre());
  EXPECT_THAT(Listed("tier"), ElementsAre("a"));
}

TEST_F(FakeKubeTest, MetadataAloneHasNoSpec) {
  kube_.Put(id_, {{"spec", {{"a", 1}}}});
  EXPECT_TRUE(kube_.List(context_, id_.type, {"shop"})->items[0].contains("spec"));
  const Json item = kube_.List(context_, id_.type, {.ns = "shop", .metadata_only = true})->items[0];
  EXPECT_FALSE(item.contains("spec"));
  EXPECT_EQ(Text(item, "/metadata/name"), "a");
}

TEST_F(FakeKubeTest, AFaultIsTheAnswerOfACallThatIsNotDone) {
  kube_.FailNext("create Pod shop/a", MakeFailure(Reason::kClusterUnreachable, "away"));
  EXPECT_FALSE(kube_.Create(context_, id_, Json::object()).ok());
  EXPECT_TRUE(kube_.Find(id_).is_null());
  kube_.LoseNextAnswer();
  EXPECT_FALSE(kube_.Create(context_, id_, Json::object()).ok());
  EXPECT_FALSE(kube_.Find(id_).is_null()) << "the answer was lost, the write was not";
  kube_.fault = [](const std::string&) { return absl::UnknownError("no"); };
  EXPECT_FALSE(kube_.Get(context_, id_).ok());
}

TEST_F(FakeKubeTest, WhatIsForbiddenIsRefusedAndSaidBeforehand) {
  kube_.forbidden = {"list pods"};
  EXPECT_TRUE(
      HasReason(kube_.List(context_, id_.type, {"shop"}).status(), Reason::kPermissionDenied));
  EXPECT_FALSE(*kube_.MayI(context_, {"list", "", "pods"}));
  EXPECT_TRUE(*kube_.MayI(context_, {"create", "", "pods"}));
}

}  // namespace
}  // namespace wheelhouse::kube

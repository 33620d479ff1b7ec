// What helm must not come upon in a release's manifest.
#include "server/lifecycle/objects/left_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kMap[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

class LeftOutTest : public testing::Test {
 protected:
  std::vector<ManifestObject> Read(const std::string& text) { return *ReadManifests(text, "test"); }
  Surroundings around_;
};

TEST_F(LeftOutTest, AKindThatIsNotServedIsLeftOutAndNamed) {
  around_.kube.fault = [](const std::string& call) {
    return call == "resolve Sail" ? MakeFailure(Reason::kKindUnknown, "no Sail") : absl::OkStatus();
  };
  auto objects = Read(absl::StrCat(
      kMap, "---\napiVersion: sandbox.wheelhouse/v1\nkind: Sail\nmetadata: {name: s}\n"));
  const auto left = LeaveOutUnserved(around_.work, around_.chart(), objects);
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_THAT(left->unserved, ElementsAre("Sail shop/s (sandbox.wheelhouse/v1)"));
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].kind, "ConfigMap");
}

TEST_F(LeftOutTest, AKindThatHasMovedIsWrittenInItsNewVersionAndNothingElseIs) {
  // The fake serves it in batch/v1.
  around_.kube.FailNext("resolve Job", MakeFailure(Reason::kKindUnknown, "no such version"));
  auto objects = Read(
      "# Source: a\nkind: Job\napiVersion: batch/v1beta1 # batch/v1beta1\n"
      "metadata: {name: j}\nspec: {mode: 0644}\n");
  const auto left = LeaveOutUnserved(around_.work, around_.chart(), objects);
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_THAT(left->moved, ElementsAre("Job shop/j (batch/v1beta1)"));
  EXPECT_THAT(left->unserved, IsEmpty());
  ASSERT_EQ(objects.size(), 1u);
  EXPECT_EQ(objects[0].api_version, "batch/v1");
  EXPECT_EQ(objects[0].text,
            "# Source: a\nkind: Job\napiVersion: batch/v1 # batch/v1beta1\n"
            "metadata: {name: j}\nspec: {mode: 0644}\n");
}

TEST_F(LeftOutTest, WhatAnotherReleaseOwnsIsLeftAlone) {
  auto objects = Read(kMap);
  around_.kube.Put(IdOf("ConfigMap", "shop", "a"),
                   {{"metadata", {{"annotations", {{"meta.helm.sh/release-name", "db"}}}}}});
  const auto left = LeaveOut(around_.work, around_.chart(), objects);
  ASSERT_TRUE(left.ok()) << left.status();
  EXPECT_THAT(left->ToString(), HasSubstr("ConfigMap shop/a now belongs to another release"));
  EXPECT_THAT(objects, IsEmpty());
}

TEST_F(LeftOutTest, AnApiServerThatDoesNotAnswerLeavesNothingOut) {
  around_.kube.FailNext("resolve ConfigMap", MakeFailure(Reason::kClusterUnreachable, "no answer"));
  auto objects = Read(kMap);
  EXPECT_FALSE(LeaveOutUnserved(around_.work, around_.chart(), objects).ok());
  EXPECT_EQ(objects.size(), 1u);
}

}  // namespace
}  // namespace wheelhouse::lifecycle

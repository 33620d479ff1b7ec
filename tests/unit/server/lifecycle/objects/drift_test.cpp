#include "server/lifecycle/objects/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::lifecycle {
namespace {

using kube::Json;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Changed(const char* live, const char* applied, size_t most = 9) {
  return ChangedFields(Json::parse(live), Json::parse(applied), most);
}

TEST(ChangedFields, AreNamedByTheirPaths) {
  EXPECT_THAT(
      Changed(R"({"spec": {"replicas": 5, "x": 1}})", R"({"spec": {"replicas": 2, "x": 1}})"),
      ElementsAre(".spec.replicas"));
  EXPECT_THAT(Changed(R"({"data": {"a.conf": "x"}})", R"({"data": {"a.conf": "y", "b": "z"}})"),
              ElementsAre(".data[\"a.conf\"]", ".data.b"));
}

TEST(ChangedFields, EntriesOfAListAreFoundByTheirNames) {
  EXPECT_THAT(Changed(R"({"c": [{"name": "b"}, {"name": "a", "image": "x"}]})",
                      R"({"c": [{"name": "a", "image": "y"}, {"name": "b"}]})"),
              ElementsAre(".c[name=a].image"));
  EXPECT_THAT(Changed(R"({"c": [1, 2]})", R"({"c": [1, 3]})"), ElementsAre(".c[1]"));
  EXPECT_THAT(Changed(R"({"c": [1, 2]})", R"({"c": [1]})"), ElementsAre(".c"));
}

TEST(ChangedFields, WhatTheServerWritesAndHelmsMarksDoNotCount) {
  EXPECT_THAT(Changed(R"({"metadata": {"resourceVersion": "1", "managedFields": [],
                          "labels": {"app.kubernetes.io/managed-by": "Helm"},
                          "annotations": {"meta.helm.sh/release-name": "web"}},
                          "status": {"replicas": 1}})",
                      R"({"metadata": {"resourceVersion": "2", "generation": 2}})"),
              IsEmpty());
}

TEST(ChangedFields, AreBounded) {
  EXPECT_THAT(Changed(R"({"a": 1, "b": 1, "c": 1})", R"({})", 2), ElementsAre(".a", ".b"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

#include "server/kube/differences.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Side(const Json& value) { return value.is_discarded() ? "nothing" : value.dump(); }

// `.spec.replicas: 5 -> 2`
std::vector<std::string> Between(const char* before, const char* after, size_t most = 9) {
  std::vector<std::string> lines;
  for (const Difference& one : FindDifferences(WithoutServerFields(Json::parse(before)),
                                               WithoutServerFields(Json::parse(after)), most))
    lines.push_back(absl::StrCat(one.path, ": ", Side(one.before), " -> ", Side(one.after)));
  return lines;
}

TEST(FindDifferences, NamesFieldsByTheirPathsWithBothValues) {
  EXPECT_THAT(
      Between(R"({"spec": {"replicas": 5, "x": 1}})", R"({"spec": {"replicas": 2, "x": 1}})"),
      ElementsAre(".spec.replicas: 5 -> 2"));
  EXPECT_THAT(Between(R"({"data": {"a.conf": "x"}})", R"({"data": {"a.conf": "y", "b": "z"}})"),
              ElementsAre(".data[\"a.conf\"]: \"x\" -> \"y\"", ".data.b: nothing -> \"z\""));
  EXPECT_THAT(Between(R"({"spec": {"a": null}})", R"({"spec": {}})"),
              ElementsAre(".spec.a: null -> nothing"));
}

TEST(FindDifferences, MatchesEntriesOfAListByTheKeyThatTheApiMergesThemBy) {
  EXPECT_THAT(Between(R"({"c": [{"name": "b"}, {"name": "a", "image": "x"}]})",
                      R"({"c": [{"name": "a", "image": "y"}, {"name": "b"}]})"),
              ElementsAre(".c[name=a].image: \"x\" -> \"y\""));
  EXPECT_THAT(Between(R"({"p": [{"containerPort": 80}]})",
                      R"({"p": [{"containerPort": 80}, {"containerPort": 90}]})"),
              ElementsAre(".p[containerPort=90]: nothing -> {\"containerPort\":90}"));
}

TEST(FindDifferences, MatchesEntriesWithoutAKeyOfTheirOwnByTheirIndex) {
  EXPECT_THAT(Between(R"({"c": [1, 2]})", R"({"c": [1, 3]})"), ElementsAre(".c[1]: 2 -> 3"));
  EXPECT_THAT(Between(R"({"c": [1, 2]})", R"({"c": [1]})"), ElementsAre(".c: [1,2] -> [1]"));
  EXPECT_THAT(Between(R"({"c": [{"name": "a", "x": 1}, {"name": "a", "x": 2}]})",
                      R"({"c": [{"name": "a", "x": 1}, {"name": "a", "x": 3}]})"),
              ElementsAre(".c[1].x: 2 -> 3"));
}

TEST(FindDifferences, LeavesOutWhatTheServerWritesAndHelmsMarks) {
  EXPECT_THAT(Between(R"({"metadata": {"resourceVersion": "1", "managedFields": [],
                          "labels": {"app.kubernetes.io/managed-by": "Helm"},
                          "annotations": {"meta.helm.sh/release-name": "web"}},
                          "status": {"replicas": 1}})",
                      R"({"metadata": {"resourceVersion": "2", "generation": 2}})"),
              IsEmpty());
}

TEST(FindDifferences, AreBounded) {
  EXPECT_THAT(Between(R"({"a": 1, "b": 1, "c": 1})", R"({})", 2),
              ElementsAre(".a: 1 -> nothing", ".b: 1 -> nothing"));
}

}  // namespace
}  // namespace wheelhouse::kube

#include "common/formats/jsonpath.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

std::string Read(const std::string& path) {
  static const nlohmann::json object = nlohmann::json::parse(R"({
    "metadata": {"name": "web", "labels": {"app.kubernetes.io/name": "web"}},
    "spec": {"replicas": 3, "paused": false, "nothing": null,
             "containers": [{"name": "a", "ports": [1, 2]}, {"name": "b", "ports": []}]},
    "status": {"conditions": [{"type": "Ready", "status": "True", "at": {"zone": "x"}},
                              {"type": "Available", "status": "False"}]}})");
  const auto found = ReadJsonPath(object, path);
  return found.ok() ? *found : "WRONG";
}

TEST(JsonPathTest, ReadsFieldsAsText) {
  EXPECT_EQ(Read(".metadata.name"), "web");
  EXPECT_EQ(Read("{.metadata.name}"), "web");
  EXPECT_EQ(Read("$.metadata.name"), "web");
  EXPECT_EQ(Read(".spec.replicas"), "3");
  EXPECT_EQ(Read(".spec.paused"), "false");
  EXPECT_EQ(Read(".spec.nothing"), "null");
  EXPECT_EQ(Read(".spec.containers[0].ports"), "[1,2]");
}

TEST(JsonPathTest, ReadsNamesWithDots) {
  EXPECT_EQ(Read(".metadata.labels['app.kubernetes.io/name']"), "web");
  EXPECT_EQ(Read(".metadata.labels[\"app.kubernetes.io/name\"]"), "web");
}

TEST(JsonPathTest, ReadsItemsOfLists) {
  EXPECT_EQ(Read(".spec.containers[1].name"), "b");
  EXPECT_EQ(Read(".spec.containers[-1].name"), "b");
  EXPECT_EQ(Read(".spec.containers[*].name"), "a b");
  EXPECT_EQ(Read(".spec.containers.*.name"), "a b");
  EXPECT_EQ(Read(".spec.containers[2].name"), "");
  EXPECT_EQ(Read(".spec.containers[-3].name"), "");
}

TEST(JsonPathTest, KeepsTheItemsThatAFilterMeans) {
  EXPECT_EQ(Read(".status.conditions[?(@.type==\"Ready\")].status"), "True");
  EXPECT_EQ(Read(".status.conditions[?(@.type == 'Ready')].status"), "True");
  EXPECT_EQ(Read(".status.conditions[?(@.type!='Ready')].type"), "Available");
  EXPECT_EQ(Read(".status.conditions[?(@.at.zone=='x')].type"), "Ready");
  EXPECT_EQ(Read(".status.conditions[?(@.type=='Gone')].status"), "");
}

TEST(JsonPathTest, WhatIsNotThereIsEmpty) {
  EXPECT_EQ(Read(".metadata.nobody.home"), "");
  EXPECT_EQ(Read(".metadata.name.first"), "");
  EXPECT_EQ(Read(".metadata[0]"), "");
}

TEST(JsonPathTest, RefusesWhatItCannotRead) {
  for (const char* path : {"", "metadata", ".a..b", ".a[", ".a[0", ".a[x]", ".a[?(@.b)]",
                           ".a[?(@.b>1)]", ".a[0]b", ".a[0]x*]", ".a[?(@b=='c')]", "$x"})
    EXPECT_EQ(Read(path), "WRONG") << path;
}

}  // namespace
}  // namespace wheelhouse

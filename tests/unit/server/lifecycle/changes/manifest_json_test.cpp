#include "server/lifecycle/changes/manifest_json.h"

#include <gtest/gtest.h>

#include <string>

namespace wheelhouse::lifecycle {
namespace {

using kube::Json;

Json Read(const std::string& text) {
  ManifestObject object;
  object.text = text;
  return ToJson(object).value_or(Json("too large"));
}

TEST(ManifestToJson, TypesScalarsAsKubernetesDoes) {
  EXPECT_EQ(Read("a: yes\nb: \"yes\"\nc: ~\nd: 5\ne: \"5\"\nf: 1.50\ng: 1.2.3\nh: 010\ni: off"),
            Json::parse(R"({"a": true, "b": "yes", "c": null, "d": 5, "e": "5", "f": 1.5,
                            "g": "1.2.3", "h": "010", "i": false})"));
}

TEST(ManifestToJson, MergesMappings) {
  EXPECT_EQ(Read("x: &x {a: 1, b: 2}\ny: {b: 3, <<: *x}\nz: {<<: [*x, {c: 4}], c: 5}"),
            Json::parse(R"({"x": {"a": 1, "b": 2}, "y": {"a": 1, "b": 3},
                            "z": {"a": 1, "b": 2, "c": 5}})"));
}

TEST(ManifestToJson, IsBoundedWhereAliasesMultiply) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int copy = 1; copy < 10; ++copy) text += ", " + before;
    text += "]\n";
  }
  EXPECT_EQ(Read(text), "too large");
}

TEST(ManifestToJson, WhatIsNoYamlIsNothing) { EXPECT_EQ(Read("a: ["), "too large"); }

}  // namespace
}  // namespace wheelhouse::lifecycle

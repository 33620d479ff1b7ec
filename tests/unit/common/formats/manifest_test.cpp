#include "common/formats/manifest.h"

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse {
namespace {

TEST(Manifests, AreSplitAndKeptAsWritten) {
  const auto objects = ReadManifests(
      "# a comment\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n"
      "data: {mode: 010}\n---\n\n---\napiVersion: apps/v1\nkind: Deployment\n"
      "metadata:\n  name: b\n",
      "here");
  ASSERT_TRUE(objects.ok()) << objects.status();
  ASSERT_EQ(objects->size(), 2u);
  const ManifestObject& first = (*objects)[0];
  EXPECT_EQ(first.kind, "ConfigMap");
  EXPECT_EQ(first.ns, "shop");
  EXPECT_NE(first.text.find("mode: 010"), std::string::npos);
  EXPECT_EQ((*objects)[1].api_version, "apps/v1");
  EXPECT_EQ((*objects)[1].name, "b");
}

TEST(Manifests, HooksAreKnownByTheirAnnotation) {
  const auto objects = ReadManifests(
      "kind: Job\nmetadata:\n  name: a\n  annotations:\n    \"helm.sh/hook\": pre-install\n",
      "here");
  ASSERT_TRUE(objects.ok());
  EXPECT_TRUE((*objects)[0].hook);
}

TEST(Manifests, ASeparatorInsideABlockIsNone) {
  const auto objects = ReadManifests(
      "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: |\n    one\n    ---\n    two\n",
      "here");
  ASSERT_TRUE(objects.ok()) << objects.status();
  EXPECT_EQ(objects->size(), 1u);
}

TEST(Manifests, ListsAreTheirItems) {
  const auto good = ReadManifests(
      "apiVersion: v1\nkind: List\nmetadata: {annotations: {helm.sh/resource-policy: keep}}\n"
      "items:\n- apiVersion: v1\n  kind: ConfigMap\n"
      "  metadata: {name: a, namespace: far, annotations: {helm.sh/hook: test}}\n"
      "  data:\n    octal: 010\n    text: |\n      a: [1]\n"
      "- {apiVersion: v1, kind: ConfigMapList, items: [{metadata: {name: b}}]}\n"
      "---\nkind: AllowList\nmetadata: {name: c}\nspec: {items: [x]}\n",
      "here");
  ASSERT_TRUE(good.ok()) << good.status();
  ASSERT_EQ(good->size(), 3u);
  const ManifestObject &a = (*good)[0], &b = (*good)[1], &c = (*good)[2];
  EXPECT_EQ(a.kind + a.name + a.ns, "ConfigMapafar");
  EXPECT_FALSE(a.hook) << "helm reads that of the list alone";
  EXPECT_TRUE(a.keep);
  EXPECT_NE(a.text.find("octal: 010"), std::string::npos) << a.text;
  EXPECT_NE(a.text.find("\"a: [1]\\n\""), std::string::npos) << a.text;
  EXPECT_EQ(b.api_version + b.kind + b.name, "v1ConfigMapb");
  EXPECT_NE(b.text.find("\"kind\": \"ConfigMap\""), std::string::npos) << b.text;
  EXPECT_EQ(c.kind, "AllowList");

  const auto documents = ReadDocuments("kind: List\nitems: [{kind: A}, {kind: B}]\n", "here");
  ASSERT_TRUE(documents.ok());
  EXPECT_EQ(documents->size(), 1u);
}

TEST(Manifests, ListsThatAreMadeOfThemselvesAreRefused) {
  EXPECT_FALSE(ReadManifests("&a {kind: List, items: [*a]}\n", "here").ok());
  // Ten of ten of ten ...
  std::string text = "kind: List\nitems:\n- &a0 {kind: List, items: [{kind: A}]}\n";
  for (int i = 1; i < 15; ++i) {
    absl::StrAppend(&text, "- &a", i, " {kind: List, items: [");
    for (int j = 0; j < 10; ++j) absl::StrAppend(&text, "*a", i - 1, ", ");
    absl::StrAppend(&text, "]}\n");
  }
  EXPECT_FALSE(ReadManifests(text, "here").ok());
}

TEST(Manifests, LinesMayEndAsOnWindows) {
  const auto objects = ReadManifests(
      "kind: A\r\nmetadata: {name: a}\r\n---\r\nkind: B\r\nmetadata:\r\n  name: b\r\n--- \r\n\r\n",
      "here");
  ASSERT_TRUE(objects.ok()) << objects.status();
  ASSERT_EQ(objects->size(), 2u);
  EXPECT_EQ((*objects)[1].kind + (*objects)[1].name, "Bb");
}

TEST(Manifests, WhatFollowsASeparatorInItsLineCounts) {
  const auto objects = ReadManifests(
      "--- # a comment\nkind: A\n---\tkind: B\n--- {kind: C}\n---\nkind: D\n", "here");
  ASSERT_TRUE(objects.ok()) << objects.status();
  ASSERT_EQ(objects->size(), 4u);
  EXPECT_EQ((*objects)[2].kind, "C");
  const absl::Status status = ReadManifests("kind: A\n--- # b\n- a\n", "here").status();
  EXPECT_EQ(FailureOf(status).message(), "here:3: expected an object");
}

TEST(Manifests, ErrorsNameTextAndLine) {
  for (const auto& [text, said] :
       std::map<std::string, std::string>{{"kind: A\n---\n- a\n", "here:3: expected an object"},
                                          {"a: 1\n", "here:1: the object has no kind"},
                                          {"kind: A\n---\nb: [\n", "here:"}}) {
    const absl::Status status = ReadManifests(text, "here").status();
    EXPECT_TRUE(HasReason(status, Reason::kApplyRejected)) << text;
    EXPECT_EQ(FailureOf(status).message().find(said), 0u) << FailureOf(status).message();
  }
}

}  // namespace
}  // namespace wheelhouse

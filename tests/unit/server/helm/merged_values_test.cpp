#include "server/helm/merged_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/helm/helm_argv.h"
#include "server/helm/values.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Json = nlohmann::json;

void Add(google::protobuf::RepeatedPtrField<v1::SetValue>* pairs, const std::string& key,
         const std::string& value) {
  v1::SetValue* pair = pairs->Add();
  pair->set_key(key);
  pair->set_value(value);
}

class MergedValuesTest : public testing::Test {
 protected:
  void File(const std::string& content) {
    v1::ValuesFile* file = chart_.add_values_files();
    file->set_name("file");
    file->set_content(content);
  }
  void FromSecret(const std::string& content) {
    from_secrets_.insert(chart_.yaml_files_content_size());
    chart_.add_yaml_files_content()->set_content(content);
  }
  std::optional<FoundAt> At(const std::string& path) {
    const auto merged = MergedValues::Read(chart_, defaults_, from_secrets_, ChartSecrets(chart_));
    EXPECT_TRUE(merged.ok()) << merged.status();
    return merged.ok() ? merged->At(*ParseSetKey(path)) : std::nullopt;
  }
  std::string Text(const std::string& path) {
    const auto found = At(path);
    return found.has_value() ? found->value.dump() : "nothing";
  }
  std::vector<std::string> SecretIn(const std::string& path) {
    const auto found = At(path);
    return found.has_value() ? found->secret : std::vector<std::string>{"nothing"};
  }

  v1::ChartInfo chart_;
  std::string defaults_;
  std::set<int> from_secrets_;
};

TEST_F(MergedValuesTest, TheHighestLayerDecidesAndMappingsAreMerged) {
  defaults_ = "{a: 1, b: {c: 2, d: 3}, list: [1, 2], gone: 4}";
  File("{b: {c: 20}, list: [9], gone: null}");
  Add(chart_.mutable_values(), "b.e", "true");
  Add(chart_.mutable_values_string(), "text", "5");
  EXPECT_EQ(Text("a"), "1");
  EXPECT_EQ(Text("b"), R"({"c":20,"d":3,"e":true})");
  EXPECT_EQ(Text("list"), "[9]");
  EXPECT_EQ(Text("list[0]"), "9");
  EXPECT_EQ(Text("text"), R"("5")");
  for (const char* nothing : {"gone", "list[1]", "list.x", "a.b", "b[0]", "unknown"})
    EXPECT_EQ(Text(nothing), "nothing") << nothing;
}

TEST_F(MergedValuesTest, MergeKeysAreMerged) {
  File("base: &base {x: 1, y: 2}\nown: {<<: *base, y: 3}\n");
  EXPECT_EQ(Text("own"), R"({"x":1,"y":3})");
}

TEST_F(MergedValuesTest, WhatIsSecretDependsOnItsLayerItsNameAndThePlan) {
  defaults_ = "{db: {password: change-me, host: db}}";
  File("{auth: {token: t, existingSecret: s}, plain: {password: p}, other: {x: o}}");
  FromSecret("{fromSecret: {existingSecret: a, n: 1}, known: k}");
  Add(chart_.mutable_values_string(), "image.tag", "1.0");
  chart_.add_plain_values("plain.password");
  chart_.add_plain_values("known");
  chart_.add_secret_values("other");
  EXPECT_THAT(SecretIn("db"), ElementsAre("db.password"));
  EXPECT_THAT(SecretIn("db.host"), IsEmpty());
  EXPECT_THAT(SecretIn("auth"), ElementsAre("auth.token"));
  EXPECT_THAT(SecretIn("plain"), IsEmpty());
  EXPECT_THAT(SecretIn("other"), ElementsAre("other.x"));
  EXPECT_THAT(SecretIn("fromSecret"), ElementsAre("fromSecret.existingSecret", "fromSecret.n"));
  EXPECT_THAT(SecretIn("known"), IsEmpty());
  EXPECT_THAT(SecretIn("image.tag"), ElementsAre("image.tag"));
}

TEST_F(MergedValuesTest, ASecretThatALayerCoversIsNone) {
  FromSecret("{color: s3cr3t}");
  Add(chart_.mutable_values(), "color", "blue");
  EXPECT_EQ(Text("color"), R"("blue")");
  EXPECT_THAT(SecretIn("color"), IsEmpty());
}

TEST_F(MergedValuesTest, WhatAMergeKeyBringsIsSecretByItsName) {
  File("base: &base {password: p}\nown: {<<: *base}\n");
  EXPECT_THAT(SecretIn("own"), ElementsAre("own.password"));
}

TEST_F(MergedValuesTest, TooManyValuesAreRefused) {
  std::string many = "list: [";
  for (int i = 0; i < 100'000; ++i) many += "1,";
  File(many + "1]");
  const auto merged = MergedValues::Read(chart_, "", {}, ChartSecrets(chart_));
  EXPECT_TRUE(HasReason(merged.status(), Reason::kValuesInvalid));
}

// What the real helm has merged, as its templates see it.
class MergedByHelm : public testing::TestWithParam<int> {};

TEST_P(MergedByHelm, AreTheSame) {
  TestFolder folder;
  const std::string defaults =
      "{a: 1, b: {c: 2, d: {e: 3}}, list: [1, {x: y}], gone: 4, text: yes, base: {only: here}}\n";
  folder.Write("merged/Chart.yaml", "{apiVersion: v2, name: merged, version: 1.0.0}\n");
  folder.Write("merged/values.yaml", defaults);
  folder.Write("merged/templates/all.yaml", "all: {{ toJson .Values | quote }}\n");
  v1::ChartInfo chart;
  for (const char* content :
       {"{b: {c: 5, d: text}, list: [2], base: nothing}", "{gone: null, b: {d: {f: [1.5, on]}}}",
        "base: {x: 1}\nx: &x {p: 1, q: 2}\nmerged: {<<: *x, q: 3}\nx1: \"010\"\n"}) {
    v1::ValuesFile* file = chart.add_values_files();
    file->set_name("file");
    file->set_content(content);
  }
  Add(chart.mutable_values(), "b.c", "7");
  Add(chart.mutable_values(), "set[1].x", "{p,q}");
  Add(chart.mutable_values_string(), "str", "7");
  const auto files = WriteValues(chart, folder.path());
  ASSERT_TRUE(files.ok()) << files.status();
  Argv argv = RenderArgv(GetParam(), {"r", "shop", folder.path() + "/merged", (*files)->paths(),
                                      (*files)->sets(), "", false});
  argv.insert(argv.begin(), HelmBinary(GetParam()));
  const std::string rendered = Output(argv, true);
  const size_t begin = rendered.find("all: ");
  ASSERT_NE(begin, std::string::npos) << rendered;
  const std::string quoted = rendered.substr(begin + 5, rendered.find('\n', begin) - begin - 5);
  const Json by_helm = Json::parse(Json::parse(quoted).get<std::string>());
  const auto merged = MergedValues::Read(chart, defaults, {}, ChartSecrets(chart));
  ASSERT_TRUE(merged.ok()) << merged.status();
  Json ours = Json::object();
  for (const auto& [name, value] : by_helm.items()) {
    if (const auto found = merged->At({{name}}); found.has_value()) ours[name] = found->value;
  }
  EXPECT_EQ(ours, by_helm);
}

INSTANTIATE_TEST_SUITE_P(Helm, MergedByHelm, testing::Values(3, 4));

}  // namespace
}  // namespace wheelhouse::helm

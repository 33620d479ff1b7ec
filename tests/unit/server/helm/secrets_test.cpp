#include "server/helm/secrets.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::helm {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class ChartSecretsTest : public testing::Test {
 protected:
  ChartSecretsTest() {
    chart_.set_name("storefront");
    chart_.set_namespace_("shop");
  }
  void Set(const std::string& key, const std::string& value) {
    auto* pair = chart_.add_values();
    pair->set_key(key);
    pair->set_value(value);
  }
  void SetString(const std::string& key, const std::string& value) {
    auto* pair = chart_.add_values_string();
    pair->set_key(key);
    pair->set_value(value);
  }
  void File(const std::string& content) { chart_.add_values_files()->set_content(content); }
  std::vector<std::string> OfChart() const { return ChartSecrets(chart_).of_chart(); }
  std::vector<std::string> Of(const std::string& manifests) const {
    return ChartSecrets(chart_).Of(*ReadManifests(manifests, "here"));
  }

  v1::ChartInfo chart_;
};

TEST_F(ChartSecretsTest, ValuesOfStringsAreSecretAndOtherPairsByTheirNames) {
  Set("fullnameOverride", "bar");
  Set("wait", "true");
  Set("adminPassword", "one");
  Set("auth.tokens", "{two,three}");
  Set("tls.key", "four");
  SetString("anything", "five");
  SetString("auth.existingSecret", "six");
  EXPECT_THAT(OfChart(), UnorderedElementsAre("one", "one", "two", "three", "{two,three}", "four",
                                              "four", "five", "five"));
}

TEST_F(ChartSecretsTest, APairThatCannotBeReadIsSecret) {
  SetString("a[", "one");
  Set("b.", "two");
  EXPECT_THAT(OfChart(), UnorderedElementsAre("one", "two"));
}

TEST_F(ChartSecretsTest, DocumentsHoldSecretsUnderTheirNames) {
  File(
      "image: {tag: a}\n"
      "db: {dsn: one, host: b}\n"
      "credentials: {user: two, list: [three], name: c}\n"
      "existingSecret: {name: d, key: e}\n"
      "env: [{name: DB_PASSWORD, value: four}, {name: HOST, value: f}]\n");
  EXPECT_THAT(OfChart(), UnorderedElementsAre("one", "two", "three", "four"));
}

TEST_F(ChartSecretsTest, PathsDecideBeforeNames) {
  File("db: {password: a, token: b}\nmotd: {text: c, list: [d, {x: e}]}\n");
  chart_.add_plain_values("db");
  chart_.add_secret_values("db.token");
  chart_.add_secret_values("motd");
  chart_.add_plain_values("motd.list[1].x");
  EXPECT_THAT(OfChart(), UnorderedElementsAre("b", "c", "d"));
}

TEST_F(ChartSecretsTest, WhatIsDeclaredPlainIsSoWhereverItStands) {
  File("site: {password: hello}\n");
  SetString("greeting", "hello");
  chart_.add_plain_values("site.password");
  EXPECT_THAT(OfChart(), IsEmpty());
  EXPECT_THAT(Of("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: hello}\n"),
              IsEmpty());
}

TEST_F(ChartSecretsTest, SecretsOfAChartAreSecretWhateverTheirKeysAre) {
  const std::string secret = absl::StrCat(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {a: ", absl::Base64Escape("one"),
      "}\nstringData: {b: two}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
      "data: {b: three}\n");
  EXPECT_THAT(Of(secret), UnorderedElementsAre("one", "two"));
}

TEST_F(ChartSecretsTest, WhatIsInsideATextOfASecretIsSecretToo) {
  const auto secrets =
      Of("apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n"
         "  config.yaml: |\n    db:\n      password: one-inside\n      host: two-inside\n"
         "  env: |\n    DB_PASSWORD=three-inside\n    HOST=four-inside\n");
  EXPECT_THAT(secrets, Contains("one-inside"));
  EXPECT_THAT(secrets, Contains("three-inside"));
  EXPECT_THAT(secrets, Not(Contains("two-inside")));
}

TEST_F(ChartSecretsTest, NamesStayPlainWhereASecretHoldsThem) {
  Set("fullnameOverride", "shopfront");
  EXPECT_THAT(Of("apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: data}\n"
                 "stringData: {a: shopfront, b: storefront, c: shop, d: web, e: data, f: secret}\n"
                 "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
              UnorderedElementsAre("secret"));
}

TEST_F(ChartSecretsTest, EveryScalarOfASecretThatIsReadIsSecret) {
  v1::ValuesFile file;
  file.set_content("host: one\nsecretName: two\nopen: three\n");
  chart_.add_plain_values("open");
  const ChartSecrets secrets(chart_);
  EXPECT_THAT(secrets.Of(file, Scalars::kAll), UnorderedElementsAre("one", "two"));
  EXPECT_THAT(secrets.Of(file, Scalars::kNamedAsSecrets), IsEmpty());
}

TEST_F(ChartSecretsTest, SecretsThatStepsApplyCount) {
  chart_.mutable_stages()->mutable_pre_exec()->add_before()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: one}\n");
  EXPECT_THAT(OfChart(), UnorderedElementsAre("one"));
}

TEST_F(ChartSecretsTest, ABombHoldsNone) {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i)
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1, "]\n");
  File(absl::StrCat(bomb, "password: *a39\n"));
  EXPECT_THAT(OfChart(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::helm

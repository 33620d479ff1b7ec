#include "server/lifecycle/objects/values_from.h"

#include <absl/strings/escaping.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ValuesFromTest : public testing::Test {
 protected:
  v1::KeyRef* FromSecret(const std::string& name) {
    v1::KeyRef* ref = around_.info.add_values_from()->mutable_secret();
    ref->set_name(name);
    return ref;
  }
  v1::KeyRef* FromConfigMap(const std::string& name) {
    v1::KeyRef* ref = around_.info.add_values_from()->mutable_config_map();
    ref->set_name(name);
    return ref;
  }
  void PutSecret(const std::string& name, const std::string& key, const std::string& text) {
    around_.kube.Put(IdOf("Secret", "shop", name), {{"data", {{key, absl::Base64Escape(text)}}}});
  }
  void PutConfigMap(const std::string& name, const std::string& key, const std::string& text) {
    around_.kube.Put(IdOf("ConfigMap", "shop", name), {{"data", {{key, text}}}});
  }
  absl::Status Read() {
    return ReadValuesFrom(around_.work, around_.chart(), around_.known().asked);
  }
  std::vector<std::string> Documents() {
    std::vector<std::string> documents;
    for (const v1::ValuesFile& file : around_.chart().info().yaml_files_content())
      documents.push_back(file.name() + ": " + file.content());
    return documents;
  }

  Surroundings around_;
};

TEST_F(ValuesFromTest, DocumentsStandBehindThoseOfThePlanInOrderAndAreReadOnce) {
  v1::ValuesFile* own = around_.info.add_yaml_files_content();
  own->set_name("own");
  own->set_content("a: 0");
  FromSecret("db");
  FromConfigMap("more")->set_key("other.yaml");
  PutSecret("db", "values.yaml", "a: 1\n");
  PutConfigMap("more", "other.yaml", "a: '010'\n");
  ASSERT_TRUE(Read().ok());
  const auto once = ElementsAre("own: a: 0", "Secret shop/db key values.yaml: a: 1\n",
                                "ConfigMap shop/more key other.yaml: a: '010'\n");
  EXPECT_THAT(Documents(), once);
  ASSERT_TRUE(Read().ok());
  EXPECT_THAT(Documents(), once);
}

TEST_F(ValuesFromTest, EveryScalarOfASecretIsMaskedFromThenOn) {
  FromSecret("db");
  FromConfigMap("open");
  PutSecret("db", "values.yaml", "host: db.internal\nlist: [hunter22, {x: 12345}]\n");
  PutConfigMap("open", "values.yaml", "host: shop.example\nadminPassword: sesame\n");
  EXPECT_EQ(around_.chart().report.Mask("db.internal"), "db.internal");
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(around_.chart().report.Mask("db.internal hunter22 12345 sesame shop.example"),
            "*** *** *** *** shop.example");
}

TEST_F(ValuesFromTest, EveryReferenceThatCannotBeReadIsNamed) {
  FromSecret("absent");
  FromSecret("db")->set_key("other");
  FromSecret("binary");
  FromConfigMap("list");
  PutSecret("db", "values.yaml", "a: 1");
  PutSecret("binary", "values.yaml", "\xff\xfe");
  PutConfigMap("list", "values.yaml", "- hunter22");
  const absl::Status status = Read();
  EXPECT_TRUE(HasReason(status, Reason::kValuesInvalid));
  std::vector<std::string> wrong;
  for (const FieldViolation& one : ViolationsOf(status))
    wrong.push_back(one.field + ": " + one.description);
  EXPECT_THAT(
      wrong,
      ElementsAre("values_from[0]: Secret shop/absent key values.yaml does not exist and is not "
                  "optional",
                  "values_from[1]: Secret shop/db key other does not exist and is not optional",
                  "values_from[2]: Secret shop/binary key values.yaml: is not UTF-8",
                  "values_from[3]: ConfigMap shop/list key values.yaml:1:1: expected a YAML "
                  "mapping"));
}

TEST_F(ValuesFromTest, WhatIsOptionalMayBeAbsentButNotWrong) {
  FromSecret("absent");
  FromConfigMap("list");
  for (v1::ValuesFrom& from : *around_.info.mutable_values_from()) from.set_optional(true);
  PutConfigMap("list", "other", "a: 1");
  ASSERT_TRUE(Read().ok());
  EXPECT_THAT(Documents(), IsEmpty());
}

TEST_F(ValuesFromTest, AnOptionalObjectThatMayNotBeReadIsAnError) {
  FromSecret("db");
  around_.info.mutable_values_from(0)->set_optional(true);
  around_.kube.FailNext("get Secret shop/db", MakeFailure(Reason::kPermissionDenied, "forbidden"));
  const absl::Status status = Read();
  EXPECT_TRUE(HasReason(status, Reason::kPermissionDenied));
  EXPECT_THAT(FailureOf(status).message(), HasSubstr("Secret shop/db key values.yaml"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

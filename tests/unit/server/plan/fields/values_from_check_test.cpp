#include "server/plan/fields/values_from_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/plan/contents.h"

namespace wheelhouse::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ValuesFromTest : public testing::Test {
 protected:
  ValuesFromTest() { info_.set_namespace_("shop"); }
  v1::KeyRef* FromSecret(const std::string& name) {
    v1::KeyRef* ref = info_.add_values_from()->mutable_secret();
    ref->set_name(name);
    return ref;
  }
  v1::KeyRef* FromConfigMap(const std::string& name) {
    v1::KeyRef* ref = info_.add_values_from()->mutable_config_map();
    ref->set_name(name);
    return ref;
  }
  std::vector<std::string> Checked() {
    FieldViolations wrong;
    CheckValuesFrom(info_, "c", &wrong);
    std::vector<std::string> fields;
    for (const FieldViolation& one : wrong) fields.push_back(one.field);
    return fields;
  }

  v1::ChartInfo info_;
};

TEST_F(ValuesFromTest, TheNamespacesReadAreKeysOfTheRun) {
  FromSecret("db")->set_namespace_("vault");
  FromConfigMap("more")->set_namespace_("common");
  EXPECT_THAT(NamespacesOf(info_), ElementsAre("common", "shop", "vault"));
}

TEST_F(ValuesFromTest, NamesThatAreNoneAreSeenWithoutACluster) {
  FromSecret("db.example")->set_key("a-b_C.yaml");
  EXPECT_THAT(Checked(), IsEmpty());
  FromSecret("../nodes");
  FromSecret("");
  FromConfigMap("x")->set_namespace_("a/b");
  FromConfigMap("x")->set_key("a/b");
  info_.add_values_from();
  EXPECT_THAT(Checked(), ElementsAre("c.values_from[1].secret.name", "c.values_from[2].secret.name",
                                     "c.values_from[3].config_map.namespace",
                                     "c.values_from[4].config_map.key", "c.values_from[5]"));
}

}  // namespace
}  // namespace wheelhouse::plan

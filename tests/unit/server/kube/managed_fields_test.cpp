#include "server/kube/managed_fields.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

Json Fields(const char* text) { return Json::parse(text); }

TEST(ManagedFieldsTest, FieldsThatAreTakenLeaveTheirOwner) {
  const Json owned = Fields(R"({"f:data": {".": {}, "f:warm": {}, "f:cloud": {}}})");
  const Json taken = Fields(R"({"f:data": {"f:warm": {}, "f:other": {}}})");
  EXPECT_EQ(WithoutFields(owned, taken), Fields(R"({"f:data": {".": {}, "f:cloud": {}}})"));
}

TEST(ManagedFieldsTest, AnOwnerOfNothingElseIsNoOwner) {
  const Json owned = Fields(R"({"f:data": {"f:warm": {}}})");
  EXPECT_TRUE(WithoutFields(owned, owned).is_null());
}

TEST(ManagedFieldsTest, EntriesOfListsAreToldApartByTheirKeys) {
  const Json owned = Fields(R"({"f:containers": {"k:{\"name\":\"a\"}": {"f:image": {}},
                                                 "k:{\"name\":\"b\"}": {"f:image": {}}}})");
  const Json taken = Fields(R"({"f:containers": {"k:{\"name\":\"a\"}": {"f:image": {}}}})");
  EXPECT_EQ(WithoutFields(owned, taken),
            Fields(R"({"f:containers": {"k:{\"name\":\"b\"}": {"f:image": {}}}})"));
}

TEST(ManagedFieldsTest, OnlyWhatAManagerAppliedToTheObjectItselfCounts) {
  const Json object = {
      {"metadata",
       {{"managedFields",
         {{{"manager", "me"}, {"operation", "Update"}, {"fieldsV1", {{"f:a", Json::object()}}}},
          {{"manager", "me"},
           {"operation", "Apply"},
           {"subresource", "status"},
           {"fieldsV1", {{"f:b", Json::object()}}}},
          {{"manager", "me"}, {"operation", "Apply"}, {"fieldsV1", {{"f:c", Json::object()}}}}}}}}};
  EXPECT_EQ(AppliedFields(object, "me"), Fields(R"({"f:c": {}})"));
  EXPECT_EQ(AppliedFields(object, "you"), Json::object());
}

TEST(LastManagerOf, IsTheManagerThatHasSetTheFieldLast) {
  const Json object = Json::parse(R"({"metadata": {"managedFields": [
    {"manager": "helm", "time": "2026-01-01T00:00:00Z",
     "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
       "k:{\"name\":\"web\"}": {"f:image": {}, "f:args": {}}}}}}}},
    {"manager": "kubectl-edit", "time": "2026-01-02T00:00:00Z",
     "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
       "k:{\"name\":\"web\"}": {"f:image": {}}}}}}}},
    {"manager": "hpa", "time": "2026-01-03T00:00:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
  ]}})");
  const std::vector<std::string> web = {"spec", "template", "spec", "containers", "[name=web]"};
  const auto of_web = [&](const char* field) {
    std::vector<std::string> steps = web;
    steps.push_back(field);
    return LastManagerOf(object, steps);
  };
  EXPECT_EQ(LastManagerOf(object, {"spec", "replicas"}), "hpa");
  EXPECT_EQ(of_web("image"), "kubectl-edit");
  EXPECT_EQ(of_web("args"), "helm");
  EXPECT_EQ(LastManagerOf(object, {"spec", "template", "spec", "containers", "[name=other]"}), "");
  EXPECT_EQ(LastManagerOf(object, {"spec", "paused"}), "");
}

TEST(LastManagerOf, OwnsWhatIsBelowALeafAndEntriesWithSeveralKeys) {
  const Json object = Json::parse(R"({"metadata": {"managedFields": [{"manager": "a", "fieldsV1":
    {"f:args": {}, "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {}}}}]}})");
  EXPECT_EQ(LastManagerOf(object, {"args", "[0]"}), "a");
  EXPECT_EQ(LastManagerOf(object, {"ports", "[containerPort=80]", "hostPort"}), "a");
  EXPECT_EQ(LastManagerOf(object, {"ports", "[containerPort=81]"}), "");
}

// A key is a text within the object, which the budget of the object does not count.
TEST(LastManagerOf, AKeyOfTooManyLevelsIsNoEntry) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const Json object = {
      {"metadata",
       {{"managedFields",
         Json::array({{{"manager", "hostile"},
                       {"time", "2026-01-01T00:00:00Z"},
                       {"fieldsV1", {{"k:{\"name\":" + deep + "}", Json::object()}}}}})}}}};
  EXPECT_EQ(LastManagerOf(object, {"[name=web]"}), "");
}

}  // namespace
}  // namespace wheelhouse::kube

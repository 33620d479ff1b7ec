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

}  // namespace
}  // namespace wheelhouse::kube

#include "server/kube/rest/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

v1::Failure Of(int status, const std::string& body, const std::string& method = "PATCH") {
  return FailureOf(
      ApiError({.method = method}, {.status = status, .body = body}, "apply ConfigMap demo/web"));
}
std::string Status(const std::string& message) { return R"({"message": ")" + message + "\"}"; }

TEST(ApiErrorTest, EveryStatusHasItsReason) {
  const std::string body = Status("no");
  EXPECT_EQ(Of(400, body).reason(), "APPLY_REJECTED");
  EXPECT_EQ(Of(401, body).reason(), "CREDENTIALS_INVALID");
  EXPECT_EQ(Of(403, body).reason(), "PERMISSION_DENIED");
  EXPECT_EQ(Of(404, body).reason(), "OBJECT_NOT_FOUND");
  EXPECT_EQ(Of(409, body).reason(), "OBJECT_CONFLICT");
  EXPECT_EQ(Of(422, body).reason(), "APPLY_REJECTED");
  EXPECT_EQ(Of(429, body).reason(), "CLUSTER_UNREACHABLE");
  EXPECT_EQ(Of(500, body).reason(), "APPLY_REJECTED");
  EXPECT_EQ(Of(500, body, "GET").reason(), "CLUSTER_UNREACHABLE");
  EXPECT_EQ(Of(500, Status("etcdserver: leader changed")).reason(), "CLUSTER_UNREACHABLE");
  EXPECT_EQ(Of(503, body).reason(), "CLUSTER_UNREACHABLE");
}

TEST(ApiErrorTest, SaysWhatWasDoneAndTheServersOwnWords) {
  EXPECT_EQ(Of(422, Status("spec.replicas: Invalid value")).message(),
            "apply ConfigMap demo/web: spec.replicas: Invalid value");
}

TEST(ApiErrorTest, AnAnswerThatIsNoStatusIsQuotedInPart) {
  const std::string message = Of(502, std::string(5000, 'x')).message();
  EXPECT_THAT(message, HasSubstr("HTTP 502 xxx"));
  EXPECT_LT(message.size(), 400u);
}

TEST(ApiErrorTest, AConflictOfFieldsNamesFieldAndManager) {
  const v1::Failure failure = Of(409, R"({"message": "Apply failed with 1 conflict",
      "details": {"causes": [{"reason": "FieldManagerConflict", "field": ".spec.replicas",
      "message": "conflict with \"kubectl\" using apps/v1"}]}})");
  EXPECT_EQ(failure.reason(), "FIELD_CONFLICT");
  EXPECT_EQ(failure.message(),
            "apply ConfigMap demo/web: field .spec.replicas is owned by the field manager kubectl");
  EXPECT_THAT(failure.details(),
              UnorderedElementsAre(Pair("field", ".spec.replicas"), Pair("manager", "kubectl")));
}

TEST(ApiErrorTest, WhatAdmissionForbidsIsNoMatterOfRights) {
  for (const char* message : {"pods \\\"a\\\" is forbidden: exceeded quota: small",
                              "pods \\\"a\\\" is forbidden: violates PodSecurity \\\"baseline\\\"",
                              "admission webhook \\\"x\\\" denied the request: you cannot"})
    EXPECT_EQ(Of(403, Status(message)).reason(), "APPLY_REJECTED") << message;
}

TEST(ApiErrorTest, ANamespaceThatGoesAwayIsAConflict) {
  EXPECT_EQ(Of(403, Status("forbidden: unable to create new content in namespace demo because it "
                           "is being terminated"))
                .reason(),
            "OBJECT_CONFLICT");
}

}  // namespace
}  // namespace wheelhouse::kube

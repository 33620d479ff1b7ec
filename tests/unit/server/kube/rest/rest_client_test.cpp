#include "server/kube/rest/rest_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "common/formats/service_path.h"
#include "tests/unit/server/kube/rest/fault_fixture.h"

namespace wheelhouse::kube {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Then = FaultServer::Then;

class RestClientTest : public FaultTest {};

TEST_F(RestClientTest, AsksAgainAfter429AndNoSoonerThanTold) {
  Serve({FaultServer::Whole(429, "", "Retry-After: 1\r\n"), Object("web")});
  const absl::Time before = absl::Now();
  const auto created = client_.Create(context_, kWeb, Json::object());
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_GE(absl::Now() - before, absl::Seconds(1));
  EXPECT_THAT(server_->requests(), SizeIs(2));
}

TEST_F(RestClientTest, ReadsAgainFromAServerThatIsAway) {
  Serve({Refusal(500, "etcdserver: leader changed"), Refusal(503, "starting"),
         FaultServer::Part(R"({"metadata": {"na)", Then::kReset), Object("web")});
  const auto got = client_.Get(context_, kWeb);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(Text(*got, "/metadata/name"), "web");
}

TEST_F(RestClientTest, TimeThatRunsOutBetweenTriesKeepsWhatTheServerSaid) {
  Serve({Refusal(503, "shutting down"), Refusal(503, "shutting down"), Object("web")});
  const Context bounded = context_.WithTimeout(
      absl::Milliseconds(60), MakeFailure(Reason::kStepFailed, "took longer than 60ms"));
  const absl::Status got = client_.Get(bounded, kWeb).status();
  EXPECT_TRUE(HasReason(got, Reason::kStepFailed)) << got;
  EXPECT_THAT(FailureOf(got).message(),
              AllOf(HasSubstr("shutting down"), HasSubstr("took longer than 60ms")));
}

TEST_F(RestClientTest, EndsAHalfOpenConnection) {
  Serve({FaultServer::Silence(), Object("web")});
  EXPECT_TRUE(client_.Get(context_, kWeb).ok());
  EXPECT_THAT(server_->requests(), SizeIs(2));
}

TEST_F(RestClientTest, DoesNotRepeatACreateWhoseAnswerWasLost) {
  for (const FaultServer::Answer& fault :
       {FaultServer::Part("{", Then::kReset), Refusal(503, "shutting down")}) {
    Serve({fault, Object("web")});
    EXPECT_TRUE(HasReason(client_.Create(context_, kWeb, Json::object()).status(),
                          Reason::kClusterUnreachable));
    EXPECT_THAT(server_->requests(), SizeIs(1));
  }
}

TEST_F(RestClientTest, RepeatsAnIdempotentWriteThatEtcdRefused) {
  Serve({Refusal(500, "etcdserver: leader changed"), Object("web")});
  const auto applied = client_.Apply(context_, kWeb, "{}", {});
  EXPECT_TRUE(applied.ok()) << applied.status();
}

TEST_F(RestClientTest, AsksAgainForOurRightsOfAServerThatIsAway) {
  Serve({Refusal(500, "the authorizer is away"),
         FaultServer::Whole(200, R"({"status": {"allowed": true}})")});
  const auto allowed = client_.MayI(context_, {.verb = "get", .resource = "pods"});
  ASSERT_TRUE(allowed.ok()) << allowed.status();
  EXPECT_TRUE(*allowed);
}

TEST_F(RestClientTest, DoesNotRepeatAWriteThatAWebhookRefused) {
  Serve({Refusal(500, "failed calling webhook"), Object("web")});
  EXPECT_TRUE(HasReason(client_.Apply(context_, kWeb, "{}", {}).status(), Reason::kApplyRejected));
  EXPECT_THAT(server_->requests(), SizeIs(1));
}

TEST_F(RestClientTest, AnAnswerThatIsNoObjectIsAFailure) {
  for (const char* body : {"<html>", "[1]", "null", ""}) {
    Serve({FaultServer::Whole(200, body)});
    EXPECT_TRUE(HasReason(client_.Get(context_, kWeb).status(), Reason::kClusterUnreachable));
  }
}

TEST_F(RestClientTest, TheContextsCauseEndsACall) {
  Serve({FaultServer::Silence(), FaultServer::Silence(), FaultServer::Silence()});
  const Context bounded =
      context_.WithTimeout(absl::Milliseconds(50), MakeFailure(Reason::kDeadlineExceeded, "late"));
  EXPECT_TRUE(HasReason(client_.Get(bounded, kWeb).status(), Reason::kDeadlineExceeded));
}

TEST_F(RestClientTest, RenewsRefusedCredentialsOnce) {
  source_.connection.token = "old";
  source_.renewed = "new";
  Serve({Refusal(401, "Unauthorized"), Object("web")});
  EXPECT_TRUE(client_.Create(context_, kWeb, Json::object()).ok());
  const auto requests = server_->requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_THAT(requests[0], HasSubstr("Authorization: Bearer old\r\n"));
  EXPECT_THAT(requests[1], HasSubstr("Authorization: Bearer new\r\n"));

  source_.connection.token = "old";
  Serve({Refusal(401, "Unauthorized"), Refusal(401, "Unauthorized"), Object("web")});
  EXPECT_TRUE(HasReason(client_.Get(context_, kWeb).status(), Reason::kCredentialsInvalid));
  EXPECT_THAT(server_->requests(), SizeIs(2));
}

TEST_F(RestClientTest, DoesNotAskAgainWhereThereIsNothingBetterThanTheRefusedCredentials) {
  Serve({Refusal(401, "Unauthorized"), Object("web")});
  EXPECT_TRUE(HasReason(client_.Get(context_, kWeb).status(), Reason::kCredentialsInvalid));
  EXPECT_THAT(server_->requests(), SizeIs(1));
}

TEST_F(RestClientTest, ListsPageByPage) {
  Serve({Page(R"({"metadata": {"name": "a"}})", "next&1"), Page(R"({"metadata": {"name": "b"}})")});
  const auto list = client_.List(context_, kConfigMap, {.ns = "demo", .label_selector = "app=a,b"});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_THAT(list->items, SizeIs(2));
  EXPECT_EQ(Text(list->items[1], "/kind"), "ConfigMap");
  EXPECT_EQ(list->resource_version, "7");
  const auto requests = server_->requests();
  EXPECT_THAT(requests[0], HasSubstr("/configmaps?limit=500&labelSelector=app%3Da%2Cb HTTP"));
  EXPECT_THAT(requests[1], HasSubstr("&continue=next%261 HTTP"));
}

TEST_F(RestClientTest, AnExpiredPageMeansANewListInOnePiece) {
  Serve({Page(R"({"metadata": {"name": "a"}})", "next"), Refusal(410, "token too old"),
         Page(R"({"metadata": {"name": "c"}})")});
  const auto list = client_.List(context_, kConfigMap, {.ns = "demo"});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_THAT(list->items, SizeIs(1));
  EXPECT_EQ(Text(list->items[0], "/metadata/name"), "c");
  EXPECT_THAT(server_->requests()[2], HasSubstr("limit=0"));
  EXPECT_THAT(server_->requests()[2], Not(HasSubstr("continue")));
}

TEST_F(RestClientTest, AListOfNothingIsEmpty) {
  Serve({FaultServer::Whole(200, R"({"metadata": {}, "items": null})")});
  const auto list = client_.List(context_, kConfigMap, {});
  ASSERT_TRUE(list.ok());
  EXPECT_THAT(list->items, SizeIs(0));
}

TEST_F(RestClientTest, WhatIsNoListDoesNotReadAsAListOfNothing) {
  for (const char* body : {"{}", R"({"items": {}})", R"({"items": ["web"]})"}) {
    Serve({FaultServer::Whole(200, body)});
    const auto list = client_.List(context_, kConfigMap, {.ns = "demo"});
    EXPECT_TRUE(HasReason(list.status(), Reason::kClusterUnreachable)) << body;
  }
}

TEST_F(RestClientTest, APatchOfOperationsIsNotRepeatedAndTheOthersAre) {
  for (const auto& [type, media, tries] :
       {std::tuple{PatchType::kMerge, "application/merge-patch+json", 2},
        {PatchType::kStrategic, "application/strategic-merge-patch+json", 2},
        {PatchType::kJson, "application/json-patch+json", 1}}) {
    Serve({FaultServer::Part("", Then::kReset), Object("web")});
    EXPECT_EQ(client_.Patch(context_, kWeb, type, "[1]").ok(), tries == 2) << media;
    const auto requests = server_->requests();
    EXPECT_THAT(requests, SizeIs(tries)) << media;
    EXPECT_THAT(requests[0], HasSubstr(absl::StrCat("Content-Type: ", media, "\r\n")));
    EXPECT_THAT(requests[0], EndsWith("[1]"));
  }
}

TEST_F(RestClientTest, ReplacesAnObjectByOneWithItsResourceVersion) {
  Serve({FaultServer::Part("", Then::kReset), Refusal(409, "the object has been modified")});
  const auto replaced = client_.Replace(context_, kWeb, {{"data", {{"a", "b"}}}});
  EXPECT_TRUE(HasReason(replaced.status(), Reason::kObjectConflict)) << replaced.status();
  EXPECT_THAT(server_->requests()[0], HasSubstr("PUT /api/v1/namespaces/demo/"));
  EXPECT_THAT(server_->requests()[1], EndsWith(R"({"data":{"a":"b"}})"));
}

TEST_F(RestClientTest, ANameThatMeansAnotherPathIsRefusedUnasked) {
  Serve({});
  for (const char* name : {"", ".", "..", "../secrets/web", "a%2e"}) {
    const ObjectId bad{kConfigMap, "demo", name};
    EXPECT_TRUE(HasReason(client_.Delete(context_, bad, {}), Reason::kPlanInvalid)) << name;
    EXPECT_FALSE(client_.Get(context_, bad).ok());
    EXPECT_FALSE(client_.Apply(context_, bad, "{}", {}).ok());
    EXPECT_FALSE(client_.Patch(context_, bad, PatchType::kMerge, "{}").ok());
    EXPECT_FALSE(client_.Replace(context_, bad, {}).ok());
    EXPECT_FALSE(client_.PodLogs(context_, "demo", name, "", {}).ok());
  }
  EXPECT_FALSE(client_.List(context_, kConfigMap, {.ns = ".."}).ok());
  EXPECT_FALSE(client_.Create(context_, {kConfigMap, "..", ""}, {}).ok());
  EXPECT_THAT(server_->requests(), SizeIs(0));
}

TEST_F(RestClientTest, SaysWhomItActsAs) {
  Serve({Object("web")});
  source_.connection.impersonate = {
      "ann", "17", {"dev", "ops"}, {{"Example.com/Team", {"a", "b"}}}};
  ASSERT_TRUE(client_.Get(context_, kWeb).ok());
  for (const char* header :
       {"Impersonate-User: ann\r\n", "Impersonate-Uid: 17\r\n", "Impersonate-Group: dev\r\n",
        "Impersonate-Group: ops\r\n", "Impersonate-Extra-example.com%2fteam: a\r\n",
        "Impersonate-Extra-example.com%2fteam: b\r\n"})
    EXPECT_THAT(server_->requests()[0], HasSubstr(header));
}

TEST_F(RestClientTest, GoesThroughTheProxyAndOnlyThroughThatOfTheKubeconfig) {
  Serve({Object("web")});
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("no_proxy", "*", 1);
  source_.connection.proxy_url = server_->url();
  source_.connection.server = "http://api.invalid";
  const auto got = client_.Get(context_, kWeb);
  unsetenv("no_proxy");
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_THAT(server_->requests()[0], HasSubstr("GET http://api.invalid/api/v1/namespaces/demo"));

  Serve({Object("web")});
  source_.connection.proxy_url = "";
  EXPECT_TRUE(client_.Get(context_, kWeb).ok());
  unsetenv("http_proxy");
}

TEST_F(RestClientTest, MessagesHoldNoPasswordOfTheProxy) {
  source_.connection.server = "http://api.invalid";
  for (const char* proxy :
       {"gopher://ann:hunter2@127.0.0.1:1", "http://ann:hunter2@127.0.0.1:99999"}) {
    source_.connection.proxy_url = proxy;
    const auto failed = client_.Create(context_, kWeb, Json::object());
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(FailureOf(failed.status()).DebugString(), Not(HasSubstr("hunter2")));
  }
}

TEST_F(RestClientTest, SendsUserNameAndPassword) {
  Serve({Object("web")});
  source_.connection.username = "ann";
  source_.connection.password = "a:b";
  ASSERT_TRUE(client_.Get(context_, kWeb).ok());
  EXPECT_THAT(server_->requests()[0], HasSubstr("Authorization: Basic YW5uOmE6Yg=="));
}

TEST_F(RestClientTest, AServiceIsAskedThroughTheProxyOnceAndAnyStatusIsItsAnswer) {
  Serve({FaultServer::Whole(503, "busy")});
  const auto answer = client_.AskService(context_, {"demo", "web", "http", "/a?b=c", true});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "busy");
  EXPECT_EQ(answer->unreached, "");
  EXPECT_THAT(server_->requests(),
              ElementsAre(HasSubstr(
                  "GET /api/v1/namespaces/demo/services/https:web:http/proxy/a?b=c HTTP")));
}

TEST_F(RestClientTest, TheApiServersOwnWordsAreToldFromAServices) {
  Serve({FaultServer::Whole(503, R"({"kind": "Status", "apiVersion": "v1", "reason": "X",
                                     "message": "no endpoints available"})")});
  const auto answer = client_.AskService(context_, {"demo", "web", "80"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->unreached, "no endpoints available");
}

TEST_F(RestClientTest, WithoutTheRightToTheProxyNoServiceIsAskedAgain) {
  Serve({FaultServer::Whole(403, R"({"kind": "Status", "apiVersion": "v1", "reason": "Forbidden",
                                     "message": "cannot get services/proxy"})")});
  const auto answer = client_.AskService(context_, {"demo", "web", "80"});
  EXPECT_TRUE(HasReason(answer.status(), Reason::kPermissionDenied)) << answer.status();
}

TEST_F(RestClientTest, OnlyTheFirst64KiBOfAServicesAnswerAreRead) {
  Serve({FaultServer::Whole(500, std::string(200'000, 'a'))});
  const auto answer = client_.AskService(context_, {"demo", "web", "80"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->body, SizeIs(64u << 10));
}

TEST_F(RestClientTest, NoPathLeadsOutOfAService) {
  Serve({});
  for (const char* path : {"", "a", "/..", "/../../../secrets", "/a/./b", "/%2E%2e/secrets",
                           "/a%2Fb", "/%252e", "/a b", "/a#b", "/a\\b", "/a\nHost: b"}) {
    EXPECT_NE(CheckServicePath(path), "") << path;
    const auto answer = client_.AskService(context_, {"demo", "web", "80", path});
    EXPECT_TRUE(HasReason(answer.status(), Reason::kPlanInvalid)) << path;
  }
  EXPECT_EQ(CheckServicePath("/healthz/..a?x=../b"), "");
  EXPECT_FALSE(client_.AskService(context_, {"demo", "..", "80"}).ok());
  EXPECT_FALSE(client_.AskService(context_, {"demo", "web", "80/../../a"}).ok());
  EXPECT_THAT(server_->requests(), SizeIs(0));
}

}  // namespace
}  // namespace wheelhouse::kube

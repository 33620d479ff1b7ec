#include "server/kube/proxy/listed_objects.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gtest/gtest.h>

#include <vector>

#include "common/failure.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

constexpr char kConfigMaps[] = "/api/v1/namespaces/demo/configmaps";
constexpr char kSecrets[] = "/api/v1/namespaces/demo/secrets";

class ListedObjectsTest : public testing::Test {
 protected:
  std::optional<HttpResponse> Find(const std::string& collection, const std::string& name) {
    return objects_.Find(*ParseObjectPath(absl::StrCat(collection, "/", name)),
                         [this](const HttpRequest& request) {
                           sent_.push_back(request.path);
                           return answer_;
                         });
  }
  // The list has been read.
  void Read(const std::string& collection = kConfigMaps) {
    EXPECT_EQ(StatusOf(Find(collection, "first")), "asks");
    Find(collection, "second");
  }
  std::string StatusOf(const std::optional<HttpResponse>& response) {
    return response.has_value() ? std::to_string(response->status) : "asks";
  }

  ListedObjects objects_;
  std::vector<std::string> sent_;
  absl::StatusOr<HttpResponse> answer_ = HttpResponse{
      .status = 200,
      .body = R"({"kind": "ConfigMapList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"},
                  "items": [{"metadata": {"name": "a", "uid": "1"}, "data": {"x": "y"}},
                            {"metadata": {"name": "b"}}]})"};
};

TEST_F(ListedObjectsTest, ASingleObjectIsNoReasonForAList) {
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
  EXPECT_TRUE(sent_.empty());
}

TEST_F(ListedObjectsTest, TheSecondIsAnsweredFromOneListAndSoAreAllOthers) {
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "b")), "asks");
  const auto found = Find(kConfigMaps, "a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(Json::parse(found->body),
            Json::parse(R"({"kind": "ConfigMap", "apiVersion": "v1", "data": {"x": "y"},
                            "metadata": {"name": "a", "uid": "1"}})"));
  EXPECT_EQ(found->content_type, "application/json");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "b")), "200");
  EXPECT_EQ(sent_, std::vector<std::string>{absl::StrCat(kConfigMaps, "?limit=500")});
}

TEST_F(ListedObjectsTest, WhatIsNotInTheListDoesNotExist) {
  Read();
  const auto missing = Find(kConfigMaps, "c");
  ASSERT_EQ(StatusOf(missing), "404");
  const Json status = Json::parse(missing->body);
  EXPECT_EQ(Text(status, "/reason"), "NotFound");
  EXPECT_EQ(Text(status, "/details/name"), "c");
  EXPECT_EQ(Text(status, "/details/kind"), "configmaps");
}

TEST_F(ListedObjectsTest, WhatWasWrittenIsAskedFor) {
  Read();
  objects_.Written(*ParseObjectPath(absl::StrCat(kConfigMaps, "/a/status")));
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "b")), "200");
}

TEST_F(ListedObjectsTest, WhatWasWrittenBeforeTheListIsAskedForToo) {
  objects_.Written(*ParseObjectPath(absl::StrCat(kConfigMaps, "/a")));
  Read();
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
}

TEST_F(ListedObjectsTest, WhereObjectsWereMadeAllAreAskedFor) {
  Read();
  objects_.Written(std::string(kConfigMaps));
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "c")), "asks");
}

TEST_F(ListedObjectsTest, WhoAsksAgainAndAgainWaitsForAChange) {
  Read();
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "200");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "200");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
}

TEST_F(ListedObjectsTest, AListThatIsNotWholeAnswersNothing) {
  answer_->body =
      absl::StrReplaceAll(answer_->body, {{R"("resourceVersion": "7")", R"("continue": "more")"}});
  Read();
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "a")), "asks");
  EXPECT_EQ(StatusOf(Find(kConfigMaps, "c")), "asks");
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(ListedObjectsTest, AListThatIsRefusedIsNotAskedForAgain) {
  for (const absl::StatusOr<HttpResponse>& refused :
       {absl::StatusOr<HttpResponse>(HttpResponse{.status = 403, .body = "{}"}),
        absl::StatusOr<HttpResponse>(HttpResponse{.status = 200, .body = "no JSON"}),
        absl::StatusOr<HttpResponse>(MakeFailure(Reason::kClusterUnreachable, "away"))}) {
    ListedObjects objects;
    int sent = 0;
    const auto send = [&](const HttpRequest&) {
      ++sent;
      return refused;
    };
    for (const char* name : {"a", "b", "c"})
      EXPECT_FALSE(
          objects.Find(*ParseObjectPath(absl::StrCat(kConfigMaps, "/", name)), send).has_value());
    EXPECT_EQ(sent, 1);
  }
}

TEST_F(ListedObjectsTest, OfSecretsHelmsRecordsAreLeftOutAndNothingElseIsMissing) {
  answer_->body = absl::StrReplaceAll(answer_->body, {{"ConfigMapList", "SecretList"}});
  Read(kSecrets);
  EXPECT_EQ(sent_, std::vector<std::string>{
                       absl::StrCat(kSecrets, "?limit=500&labelSelector=owner!%3Dhelm")});
  EXPECT_EQ(StatusOf(Find(kSecrets, "a")), "200");
  EXPECT_EQ(StatusOf(Find(kSecrets, "sh.helm.release.v1.web.v1")), "asks");
}

TEST_F(ListedObjectsTest, CollectionsAreApart) {
  Read();
  EXPECT_EQ(StatusOf(Find("/api/v1/namespaces/other/configmaps", "a")), "asks");
}

}  // namespace
}  // namespace wheelhouse::kube

#include "server/kube/rest/discovery.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "common/clock.h"
#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class DiscoveryTest : public testing::Test {
 protected:
  // `resources` is a list of "Kind plural scope".
  static Json Version(const std::string& version, const std::vector<std::vector<std::string>>& all,
                      const std::string& freshness = "Current") {
    Json resources = Json::array();
    for (const auto& one : all) {
      resources.push_back({{"resource", one[1]},
                           {"responseKind", {{"kind", one[0]}}},
                           {"scope", one.size() > 2 ? one[2] : "Namespaced"}});
    }
    return {{"version", version}, {"resources", resources}, {"freshness", freshness}};
  }
  static Json Group(const std::string& name, const std::vector<Json>& versions) {
    return {{"metadata", {{"name", name}}}, {"versions", versions}};
  }
  static Json Aggregated(const std::vector<Json>& groups) {
    return {{"kind", "APIGroupDiscoveryList"}, {"items", groups}};
  }
  static Json Resources(const std::vector<std::string>& kinds) {
    Json list = {{"kind", "APIResourceList"}, {"resources", Json::array()}};
    for (const std::string& kind : kinds) {
      const std::string plural = absl::AsciiStrToLower(kind) + "s";
      list["resources"].push_back({{"name", plural}, {"kind", kind}, {"namespaced", true}});
      list["resources"].push_back(
          {{"name", plural + "/status"}, {"kind", kind}, {"namespaced", true}});
    }
    return list;
  }

  // An APIService whose server is elsewhere.
  static Json Service(const std::string& available) {
    return {{"spec", {{"service", {{"name", "sails"}, {"namespace", "yard"}}}}},
            {"status",
             {{"conditions",
               {{{"type", "Available"},
                 {"status", available},
                 {"reason", "ServiceNotFound"},
                 {"message", "service/sails in yard is not present"}}}}}}};
  }
  absl::Status Missed(const std::string& api_version, const std::string& kind) {
    return discovery_.Resolve(Context::Background(), api_version, kind).status();
  }

  static constexpr char kServices[] = "/apis/apiregistration.k8s.io/v1/apiservices/";

  void SetUp() override {
    answers_["/api"] = Aggregated(
        {Group("", {Version("v1", {{"Event", "events"}, {"Node", "nodes", "Cluster"}})})});
    answers_["/apis"] =
        Aggregated({Group("apps", {Version("v1", {{"Deployment", "deployments"}}),
                                   Version("v1beta1", {{"Deployment", "deployments"}})}),
                    Group("events.k8s.io", {Version("v1", {{"Event", "events"}})})});
  }

  absl::StatusOr<Json> Answer(const std::string& path) {
    MutexLock lock(&mutex_);
    asked_.push_back(path);
    const auto found = answers_.find(path);
    if (found == answers_.end() && path.starts_with(kServices))
      return MakeFailure(Reason::kObjectNotFound, "404 " + path);
    if (found == answers_.end()) return MakeFailure(Reason::kClusterUnreachable, "503 " + path);
    return found->second;
  }
  std::string Found(const std::string& api_version, const std::string& kind) {
    const auto type = discovery_.Resolve(Context::Background(), api_version, kind);
    return type.ok() ? absl::StrCat(type->ApiVersion(), " ", type->plural,
                                    type->namespaced ? "" : " of the cluster")
                     : std::string(type.status().message());
  }

  Mutex mutex_;
  std::map<std::string, Json> answers_;
  std::vector<std::string> asked_;
  Discovery discovery_{[this](const Context&, const Discovery::Question& question) {
    return Answer(question.path);
  }};
};

TEST_F(DiscoveryTest, FindsAKindByItselfAndAsksOnce) {
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_EQ(Found("apps/v1beta1", "Deployment"), "apps/v1beta1 deployments");
  EXPECT_EQ(Found("v1", "Node"), "v1 nodes of the cluster");
  EXPECT_THAT(asked_, ElementsAre("/api", "/apis"));
}

TEST_F(DiscoveryTest, NamesTheCandidatesOfAKindOfSeveralGroups) {
  EXPECT_THAT(Found("", "Event"), HasSubstr("apiVersion: v1, events.k8s.io/v1"));
  EXPECT_EQ(Found("events.k8s.io/v1", "Event"), "events.k8s.io/v1 events");
}

TEST_F(DiscoveryTest, AnUnknownKindIsLookedForOnceMore) {
  EXPECT_EQ(Found("", "Node"), "v1 nodes of the cluster");
  EXPECT_EQ(Found("x.io/v1", "Sail"), "the cluster does not serve the kind Sail of x.io/v1");
  EXPECT_THAT(asked_,
              ElementsAre("/api", "/apis", "/api", "/apis", kServices + std::string("v1.x.io")));
  answers_["/apis"]["items"].push_back(Group("x.io", {Version("v1", {{"Sail", "sails"}})}));
  EXPECT_EQ(Found("x.io/v1", "Sail"), "x.io/v1 sails");
}

TEST_F(DiscoveryTest, ForgetsWhenTold) {
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  answers_["/apis"] = Aggregated({Group("apps", {Version("v2", {{"Deployment", "deployments"}})})});
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  discovery_.Forget();
  EXPECT_EQ(Found("", "Deployment"), "apps/v2 deployments");
}

TEST_F(DiscoveryTest, ForgetsWhatIsOlderThanSaid) {
  const absl::Duration before = SteadyNow();
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  discovery_.Forget(before);
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_THAT(asked_, ElementsAre("/api", "/apis"));
  discovery_.Forget(SteadyNow());
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_THAT(asked_, ElementsAre("/api", "/apis", "/api", "/apis"));
}

TEST_F(DiscoveryTest, WhatWasForgottenWhileItWasReadIsNotRemembered) {
  Discovery* self = nullptr;
  bool forget = true;
  Discovery discovery([&](const Context&, const Discovery::Question& question) {
    if (std::exchange(forget, false)) self->Forget();
    return Answer(question.path);
  });
  self = &discovery;
  EXPECT_TRUE(discovery.Resolve(Context::Background(), "", "Deployment").ok());
  EXPECT_TRUE(discovery.Resolve(Context::Background(), "", "Deployment").ok());
  EXPECT_THAT(asked_, ElementsAre("/api", "/apis", "/api", "/apis"));
}

TEST_F(DiscoveryTest, ManyThreadsReadOnce) {
  std::atomic<int> asking = 0;
  Discovery discovery([&](const Context&, const Discovery::Question& question) {
    while (asking < 16) std::this_thread::yield();
    return Answer(question.path);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      ++asking;
      EXPECT_TRUE(discovery.Resolve(Context::Background(), "", "Deployment").ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(asked_, ElementsAre("/api", "/apis"));
}

TEST_F(DiscoveryTest, UnderstandsServersThatListEachGroupOnItsOwn) {
  answers_["/api"] = {{"kind", "APIVersions"}, {"versions", {"v1"}}};
  answers_["/api/v1"] = Resources({"Pod"});
  answers_["/apis"] = {{"kind", "APIGroupList"},
                       {"groups",
                        {{{"name", "apps"},
                          {"versions", {{{"version", "v1beta1"}}, {{"version", "v1"}}}},
                          {"preferredVersion", {{"version", "v1"}}}}}}};
  answers_["/apis/apps/v1"] = Resources({"Deployment"});
  answers_["/apis/apps/v1beta1"] = Resources({"Deployment", "Scale"});
  EXPECT_EQ(Found("", "Pod"), "v1 pods");
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_EQ(Found("", "Scale"), "apps/v1beta1 scales");
}

TEST_F(DiscoveryTest, AGroupThatDoesNotAnswerHidesNoOther) {
  answers_["/apis"] = {{"kind", "APIGroupList"},
                       {"groups",
                        {{{"name", "apps"}, {"versions", {{{"version", "v1"}}}}},
                         {{"name", "metrics.k8s.io"}, {"versions", {{{"version", "v1beta1"}}}}}}}};
  answers_["/apis/apps/v1"] = Resources({"Deployment"});
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_THAT(Found("", "PodMetrics"), HasSubstr("do not respond: metrics.k8s.io/v1beta1"));
}

TEST_F(DiscoveryTest, AStaleGroupIsNamedWhenAKindIsMissing) {
  answers_["/apis"]["items"].push_back(Group("metrics.k8s.io", {Version("v1beta1", {}, "Stale")}));
  EXPECT_EQ(Found("", "Deployment"), "apps/v1 deployments");
  EXPECT_THAT(Found("", "PodMetrics"), HasSubstr("do not respond: metrics.k8s.io/v1beta1"));
}

TEST_F(DiscoveryTest, WhetherASilentGroupServesAKindIsNotKnown) {
  // What a stale version lists was served once.
  answers_["/apis"]["items"].push_back(
      Group("x.io", {Version("v1", {{"Sail", "sails"}}, "Stale"), Version("v2", {}, "Stale")}));
  for (const char* version : {"v1", "v2"}) {
    answers_[absl::StrCat(kServices, version, ".x.io")] = Service("False");
    const absl::Status missed = Missed(absl::StrCat("x.io/", version), "Sail");
    ASSERT_TRUE(HasReason(missed, Reason::kClusterUnreachable)) << missed;
    const v1::Failure failure = FailureOf(missed);
    EXPECT_EQ(failure.details().at("group"), "x.io");
    EXPECT_EQ(failure.details().at("api_service"), absl::StrCat(version, ".x.io"));
    EXPECT_THAT(failure.message(), HasSubstr("ServiceNotFound: service/sails in yard"));
  }
  // The kind of another version may be there too.
  EXPECT_EQ(FailureOf(Missed("x.io/v1beta1", "Sail")).details().at("api_service"), "v1.x.io");
  answers_.erase(kServices + std::string("v1.x.io"));
  EXPECT_TRUE(HasReason(Missed("x.io/v1", "Sail"), Reason::kClusterUnreachable));
}

TEST_F(DiscoveryTest, AGroupThatIsLeftOutIsAskedForByItsApiService) {
  const std::string service = kServices + std::string("v1.x.io");
  answers_[service] = Service("False");
  EXPECT_TRUE(HasReason(Missed("x.io/v1", "Sail"), Reason::kClusterUnreachable));
  answers_[service] = Service("Unknown");
  EXPECT_TRUE(HasReason(Missed("x.io/v1", "Sail"), Reason::kClusterUnreachable));
  answers_[service] = Service("True");
  EXPECT_TRUE(HasReason(Missed("x.io/v1", "Sail"), Reason::kKindUnknown));
  // A CRD's is served by the API server itself.
  answers_[service] = Service("False");
  answers_[service]["spec"]["service"] = nullptr;
  EXPECT_TRUE(HasReason(Missed("x.io/v1", "Sail"), Reason::kKindUnknown));
}

TEST_F(DiscoveryTest, WhoMayNotReadApiServicesBelievesDiscovery) {
  Discovery discovery([&](const Context&, const Discovery::Question& question) {
    if (question.path.starts_with(kServices))
      return absl::StatusOr<Json>(MakeFailure(Reason::kPermissionDenied, "403"));
    return Answer(question.path);
  });
  EXPECT_TRUE(HasReason(discovery.Resolve(Context::Background(), "x.io/v1", "Sail").status(),
                        Reason::kKindUnknown));
  answers_["/apis"]["items"].push_back(Group("x.io", {Version("v1", {}, "Stale")}));
  EXPECT_TRUE(HasReason(discovery.Resolve(Context::Background(), "x.io/v1", "Sail").status(),
                        Reason::kClusterUnreachable));
}

TEST_F(DiscoveryTest, NullsAndStrangersInTheAnswerAreNothing) {
  answers_["/apis"] = Json::parse(R"({"kind": "APIGroupDiscoveryList", "items": [null, {"versions":
      null}, {"metadata": {"name": "x.io"}, "versions": [{"version": "v1", "freshness": null,
      "resources": [{"resource": "sails", "responseKind": null}]}]}]})");
  EXPECT_EQ(Found("", "Node"), "v1 nodes of the cluster");
}

TEST_F(DiscoveryTest, TheServersFailureIsOurs) {
  answers_.erase("/apis");
  EXPECT_EQ(Found("", "Node"), "503 /apis");
}

}  // namespace
}  // namespace wheelhouse::kube

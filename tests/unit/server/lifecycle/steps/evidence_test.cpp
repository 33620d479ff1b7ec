#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/lifecycle/steps/defaults/evidence_budget.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class EvidenceTest : public testing::Test {
 protected:
  void Collect() {
    const auto result =
        MakeEvidenceStep()->Execute(around_.bounds.failure, around_.chart(), around_.known());
    ASSERT_TRUE(result.ok()) << result.status();
    outcome_ = result->outcome;
  }
  static kube::Json OwnedBy(const kube::ObjectId& owner) {
    return {{"metadata",
             {{"ownerReferences",
               {{{"apiVersion", owner.type.ApiVersion()},
                 {"kind", owner.type.kind},
                 {"name", owner.name},
                 {"uid", "uid of " + owner.ToString()}}}}}},
            {"spec", {{"containers", {{{"name", "c"}}}}}},
            {"status", {{"containerStatuses", {{{"name", "c"}, {"ready", false}}}}}}};
  }
  void PutEvent(const std::string& name, const kube::ObjectId& about,
                const std::string& time = "") {
    around_.kube.Put(IdOf("Event", "shop", name), {{"reason", "Failed"},
                                                   {"lastTimestamp", time},
                                                   {"message", name},
                                                   {"involvedObject",
                                                    {{"apiVersion", about.type.ApiVersion()},
                                                     {"kind", about.type.kind},
                                                     {"name", about.name},
                                                     {"uid", "uid of " + about.ToString()}}}});
  }
  // Of a kind, the texts.
  std::vector<std::string> Texts(const std::string& kind) {
    std::vector<std::string> texts;
    for (const v1::Evidence& one : around_.known().failures.evidence) {
      if (one.kind() == kind) texts.push_back(one.text());
    }
    return texts;
  }
  Surroundings around_;
  std::string outcome_;
};

TEST_F(EvidenceTest, OnlyWhatBelongsToTheReleaseIsCollected) {
  const auto web = IdOf("Deployment", "shop", "web"), other = IdOf("Deployment", "shop", "other");
  const auto web_set = IdOf("ReplicaSet", "shop", "web-1"),
             other_set = IdOf("ReplicaSet", "shop", "other-1");
  around_.kube.Put(web, kube::Json::object());
  around_.kube.Put(other, kube::Json::object());
  around_.kube.Put(web_set, OwnedBy(web));
  around_.kube.Put(other_set, OwnedBy(other));
  around_.kube.Put(IdOf("Pod", "shop", "web-1-a"), OwnedBy(web_set));
  around_.kube.Put(IdOf("Pod", "shop", "other-1-a"), OwnedBy(other_set));
  PutEvent("ours", web_set);
  PutEvent("theirs", other_set);
  around_.known().found.forecast = {{"apps/v1", "Deployment", "", "web"}};
  Collect();
  std::string all;
  for (const v1::Evidence& one : around_.known().failures.evidence)
    absl::StrAppend(&all, one.kind(), " ", one.object(), ": ", one.text(), "\n");
  EXPECT_THAT(all, HasSubstr("logs Pod shop/web-1-a: log of web-1-a"));
  EXPECT_THAT(all, HasSubstr("ReplicaSet web-1: Failed: ours"));
  EXPECT_THAT(all, testing::Not(HasSubstr("other")));
  EXPECT_THAT(all, testing::Not(HasSubstr("theirs")));
}

TEST_F(EvidenceTest, TheLogsOfAHooksPodsAreCollected) {
  around_.kube.Put(IdOf("Pod", "shop", "hook"), OwnedBy(IdOf("Deployment", "shop", "gone")));
  around_.known().found.forecast = {{"v1", "Pod", "", "hook", true}};
  Collect();
  EXPECT_THAT(Texts("logs"), ElementsAre("log of hook"));
}

TEST_F(EvidenceTest, OnlyContainersThatFailAreReadAndTheirPreviousOnesWhereTheyWereRestarted) {
  const auto web = IdOf("Pod", "shop", "web");
  kube::Json pod = {
      {"spec", {{"containers", {{{"name", "a"}}, {{"name", "b"}}, {{"name", "c"}}}}}},
      {"status",
       {{"containerStatuses",
         {{{"name", "a"}, {"ready", true}},
          {{"name", "b"}, {"ready", false}, {"restartCount", 2}},
          {{"name", "c"}, {"ready", false}, {"state", {{"terminated", {{"exitCode", 0}}}}}}}}}}};
  around_.kube.Put(web, pod);
  around_.kube.previous_log = "panic";
  around_.known().found.forecast = {{"v1", "Pod", "", "web"}};
  Collect();
  EXPECT_THAT(Texts("logs"), ElementsAre("log of web"));
  EXPECT_THAT(Texts("previous_logs"), ElementsAre("panic"));
}

TEST_F(EvidenceTest, TheNewestEventsComeFirst) {
  const auto web = IdOf("Deployment", "shop", "web");
  around_.kube.Put(web, kube::Json::object());
  PutEvent("a", web, "2026-01-01T00:00:01Z");
  PutEvent("b", web, "2026-01-01T00:00:03Z");
  PutEvent("c", web, "2026-01-01T00:00:02Z");
  around_.known().found.forecast = {{"apps/v1", "Deployment", "", "web"}};
  Collect();
  EXPECT_THAT(Texts("events"), ElementsAre("2026-01-01T00:00:03Z Deployment web: Failed: b\n"
                                           "2026-01-01T00:00:02Z Deployment web: Failed: c\n"
                                           "2026-01-01T00:00:01Z Deployment web: Failed: a\n"));
}

TEST_F(EvidenceTest, SecretsAreMasked) {
  const auto web = IdOf("Deployment", "shop", "web");
  around_.kube.Put(web, kube::Json::object());
  PutEvent("no hunter2hunter2", web);
  around_.chart().report.AddSecrets({"hunter2hunter2"});
  around_.known().found.forecast = {{"apps/v1", "Deployment", "", "web"}};
  Collect();
  EXPECT_THAT(Texts("events"), ElementsAre(testing::Not(HasSubstr("hunter2"))));
}

TEST_F(EvidenceTest, AClusterThatDoesNotAnswerDoesNotKeepTheRemediationWaiting) {
  *around_.info.mutable_failure_timeout() = ToProto(absl::Milliseconds(60));
  around_.known().found.forecast = {{"v1", "Pod", "", "web"}};
  const Context stage = around_.bounds.failure;
  around_.kube.hang = "get Pod shop/web";
  Collect();
  EXPECT_THAT(outcome_, HasSubstr("not everything was read within 20ms"));
  EXPECT_TRUE(stage.Check().ok());
}

// Evidence must not be what a run fails for.
TEST_F(EvidenceTest, IsCutToWhatTheCallersRunsMayStillKeep) {
  const auto web = IdOf("Deployment", "shop", "web");
  around_.kube.Put(web, kube::Json::object());
  PutEvent(std::string(30 << 10, 'e'), web);
  around_.known().found.forecast = {{"apps/v1", "Deployment", "", "web"}};
  around_.journal.kept_bytes = 6 << 10;
  Collect();
  EXPECT_THAT(outcome_, HasSubstr("cut to 4096 bytes"));
  EXPECT_GT(Texts("events").front().size(), 3000u);
  around_.journal.kept = {{"backup", std::string(6 << 10, 'b')}};
  Collect();
  EXPECT_THAT(outcome_, HasSubstr("cut to 1024 bytes"));
  EXPECT_LE(Texts("events").front().size(), 1024u);
  EXPECT_TRUE(around_.known().failures.evidence.front().truncated() ||
              around_.known().failures.evidence.back().truncated());
}

TEST(FairShares, WhatOneLeavesIsTheOthers) {
  EXPECT_THAT(FairShares({}, 10), IsEmpty());
  EXPECT_THAT(FairShares({1, 2, 3}, 10), ElementsAre(1, 2, 3));
  EXPECT_THAT(FairShares({100, 2, 100}, 12), ElementsAre(5, 2, 5));
  EXPECT_THAT(FairShares({5, 5}, 0), ElementsAre(0, 0));
}

TEST(WithinBudget, LogsDoNotCrowdOutTheRest) {
  const std::string much(1000, 'x');
  const auto evidence = WithinBudget({{"logs", "a", much + "the end", true},
                                      {"logs", "b", much, true},
                                      {"events", "c", "few"},
                                      {"history", "d", std::string(500, 'y')}},
                                     300);
  ASSERT_EQ(evidence.size(), 4u);
  size_t all = 0;
  for (const v1::Evidence& one : evidence) all += one.text().size();
  EXPECT_LE(all, 300u);
  EXPECT_THAT(evidence[0].text(), testing::EndsWith("the end"));
  EXPECT_TRUE(evidence[0].truncated());
  EXPECT_EQ(evidence[2].text(), "few");
  EXPECT_FALSE(evidence[2].truncated());
  EXPECT_GT(evidence[3].text().size(), 100u);
}

}  // namespace
}  // namespace wheelhouse::lifecycle

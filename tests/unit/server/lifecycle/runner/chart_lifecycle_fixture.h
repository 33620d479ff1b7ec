// One chart, shop/web, taken through its stages in surroundings that the test makes.
#pragma once

#include <absl/strings/match.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/lifecycle/runner/chart_lifecycle.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {

inline absl::Status NotReady(const std::string& message = "not ready") {
  return MakeFailure(Reason::kNotReady, message);
}

class ChartLifecycleTest : public testing::Test {
 protected:
  ChartLifecycleTest() {
    around_.archives.path = testing::TempDir() + "/" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".tgz";
    WriteChart(around_.archives.path);
    around_.kube.Put(IdOf("ConfigMap", "shop", "web"), {{"data", {{"color", "red"}}}});
    around_.helm.manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
  }

  ChartOutcome Run() {
    return ChartLifecycle(around_.services)
        .RunChart(around_.Request(), around_.bounds, around_.before_first_change, journal_);
  }
  // A deployed revision 1 that was found good.
  void DeployedBefore() {
    around_.kube.PutRecord("shop", "web", 1, "deployed",
                           {{helm::kRevisionLabel, "1"},
                            {helm::kSpecLabel, "other"},
                            {helm::kVerdictLabel, helm::kVerdictGood}});
  }
  kube::Json Record(int revision) {
    return around_.kube.Find(
        IdOf("Secret", "shop", absl::StrCat("sh.helm.release.v1.web.v", revision)));
  }
  std::string Label(int revision, const std::string& key) {
    return kube::Text(Record(revision), ("/metadata/labels/" + key).c_str());
  }
  std::string Verdict(int revision) { return Label(revision, helm::kVerdictLabel); }
  // Revision 2 is pending, by a run of ours.
  void PendingUpgrade(const std::string& spec) {
    DeployedBefore();
    around_.kube.PutRecord(
        "shop", "web", 2, "pending-upgrade",
        {{helm::kRevisionLabel, "2"}, {helm::kRunLabel, "run-0"}, {helm::kSpecLabel, spec}});
  }
  // validate fails: the ConfigMap is red.
  void WantGreen() {
    v1::AssertStep* assertion =
        info_.mutable_stages()->mutable_validate()->add_after()->mutable_assertion();
    assertion->mutable_object()->set_kind("ConfigMap");
    assertion->mutable_object()->set_name("web");
    assertion->set_json_path(".data.color");
    assertion->set_equals("green");
  }
  std::vector<std::string> HelmChanges() const {
    std::vector<std::string> changes;
    for (const std::string& call : around_.helm.calls) {
      if (!absl::StartsWith(call, "render")) changes.push_back(call);
    }
    return changes;
  }
  static std::vector<std::string> Left(const ChartOutcome& outcome) {
    std::vector<std::string> left;
    for (const auto& one : outcome.failure.left_changed())
      left.push_back(absl::StrCat(one.kind(), " ", one.name(), " ", one.change()));
    return left;
  }

  Surroundings around_;
  FakeJournal& journal_ = around_.journal;
  v1::ChartInfo& info_ = around_.info;
};

}  // namespace wheelhouse::lifecycle

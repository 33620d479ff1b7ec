#include "server/lifecycle/release/stalled_helm.h"

#include <gtest/gtest.h>

#include "common/formats/manifest.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kDaemonSet[] =
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec: {minReadySeconds: 1}\n";

class StalledHelmTest : public testing::Test {
 protected:
  StalledHelmTest() {
    Hooks("Succeeded", "");
    around_.kube.Put(IdOf("DaemonSet", "shop", "agent"), {{"spec", {{"minReadySeconds", 1}}}});
    around_.kube.applied = around_.kube.Find(IdOf("DaemonSet", "shop", "agent"));
  }

  // The record of revision 1, whose pre hook is in this phase and whose post hook has begun then.
  void Hooks(const std::string& pre_phase, const std::string& post_started,
             const std::string& status = "pending-upgrade") {
    around_.kube.PutRecord("shop", "web", 1, status,
                           {{helm::kRevisionLabel, "1"}, {helm::kRunLabel, "run-1"}});
    const kube::Json hooks = {{{"name", "pre"},
                               {"events", {"pre-install", "pre-upgrade", "pre-rollback"}},
                               {"last_run", {{"phase", pre_phase}, {"started_at", kPreStarted}}}},
                              {{"name", "first"}, {"events", {"pre-install", "post-install"}}},
                              {{"name", "post"},
                               {"events", {"post-upgrade", "post-rollback"}},
                               {"last_run", {{"started_at", post_started}}}},
                              {{"name", "test"}, {"events", {"test"}}}};
    around_.kube.At(IdOf("Secret", "shop", "sh.helm.release.v1.web.v1"))["data"]["release"] =
        PackedRelease({{"hooks", hooks}});
  }
  HelmsTask Task() const {
    return {decision_, 1,
            [](const helm::ReleaseRecord& record) {
              return record.OurLabel(helm::kRunLabel) == "run-1";
            },
            earlier_};
  }
  // Whether helm is seen to have stalled once all has been ready for so long.
  bool After(absl::Duration ready) {
    StalledHelm helm(around_.chart(), manifest_, Task());
    EXPECT_FALSE(helm.Sees(around_.work, Progress(1)));
    around_.clock.Pass(ready);
    return helm.Sees(around_.work, Progress(1));
  }
  static v1::Progress Progress(int ready) {
    v1::Progress progress;
    progress.set_ready(ready);
    progress.set_total(1);
    return progress;
  }

  static constexpr char kPreStarted[] = "2026-01-01T00:00:00Z";
  Surroundings around_;
  v1::Decision decision_ = v1::DECISION_UPGRADE;
  std::map<std::string, std::string> earlier_;
  const std::vector<ManifestObject> manifest_ = *ReadManifests(kDaemonSet, "the chart");
};

TEST_F(StalledHelmTest, HasWaitedForNothingForAWhile) {
  EXPECT_FALSE(After(StalledHelm::kPatience - absl::Seconds(1)));
  EXPECT_TRUE(After(StalledHelm::kPatience));
}

TEST_F(StalledHelmTest, WhatBecomesUnreadyBeginsAnew) {
  StalledHelm helm(around_.chart(), manifest_, Task());
  for (const int ready : {1, 0, 1}) {
    EXPECT_FALSE(helm.Sees(around_.work, Progress(ready)));
    around_.clock.Pass(StalledHelm::kPatience);
  }
  EXPECT_TRUE(helm.Sees(around_.work, Progress(1)));
}

TEST_F(StalledHelmTest, AHelmThatRunsHooksIsAtWork) {
  Hooks("Running", "");
  EXPECT_FALSE(After(absl::Hours(1)));
  Hooks("Succeeded", "2026-01-01T00:00:00Z");
  EXPECT_FALSE(After(absl::Hours(1)));
  Hooks("Succeeded", "", "deployed");
  EXPECT_FALSE(After(absl::Hours(1))) << "it is about to end";
}

// helm rolls back with the hooks of the target's record, which hold when they last ran.
TEST_F(StalledHelmTest, HooksThatRanBeforeARollbackDoNotCount) {
  decision_ = v1::DECISION_ROLLBACK;
  constexpr char kOnce[] = "2025-12-31T00:00:00Z";
  earlier_ = {{"pre", kOnce}, {"post", kOnce}};
  Hooks("Succeeded", kOnce, "pending-rollback");
  EXPECT_TRUE(After(StalledHelm::kPatience));
  earlier_["pre"] = kPreStarted;
  EXPECT_FALSE(After(StalledHelm::kPatience)) << "its pre hook has not begun";
  earlier_ = {{"pre", kOnce}, {"post", "2025-12-30T00:00:00Z"}};
  EXPECT_FALSE(After(StalledHelm::kPatience)) << "its post hook has begun";
}

TEST_F(StalledHelmTest, AHelmThatHasNotAppliedAllIsAtWork) {
  around_.kube.applied = kube::Json{{"spec", {{"minReadySeconds", 2}}}};
  EXPECT_FALSE(After(absl::Hours(1)));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

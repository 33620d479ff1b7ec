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
    const kube::Json hooks = {
        {{"events", {"pre-install", "pre-upgrade"}}, {"last_run", {{"phase", pre_phase}}}},
        {{"events", {"post-upgrade"}}, {"last_run", {{"started_at", post_started}}}},
        {{"events", {"test"}}}};
    around_.kube.At(IdOf("Secret", "shop", "sh.helm.release.v1.web.v1"))["data"]["release"] =
        PackedRelease({{"hooks", hooks}});
  }
  // Whether helm is seen to have stalled once all has been ready for so long.
  bool After(absl::Duration ready) {
    StalledHelm helm(around_.chart(), manifest_, 1);
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

  Surroundings around_;
  const std::vector<ManifestObject> manifest_ = *ReadManifests(kDaemonSet, "the chart");
};

TEST_F(StalledHelmTest, HasWaitedForNothingForAWhile) {
  EXPECT_FALSE(After(StalledHelm::kPatience - absl::Seconds(1)));
  EXPECT_TRUE(After(StalledHelm::kPatience));
}

TEST_F(StalledHelmTest, WhatBecomesUnreadyBeginsAnew) {
  StalledHelm helm(around_.chart(), manifest_, 1);
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

TEST_F(StalledHelmTest, AHelmThatHasNotAppliedAllIsAtWork) {
  around_.kube.applied = kube::Json{{"spec", {{"minReadySeconds", 2}}}};
  EXPECT_FALSE(After(absl::Hours(1)));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

// Looking while helm works: objects that it has yet to come to, and its hooks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/kube/readiness/rollout_fixture.h"

namespace wheelhouse::kube {
namespace {

using testing::HasSubstr;

// Beside a helm that has yet to come to the object.
class BesideHelmTest : public RolloutTest {
 protected:
  BesideHelmTest() {
    options_.until_cancelled = true;
    options_.await_creation = true;
    options_.about_to_change = [this](const Context&, const ObjectId&, const Json&) {
      ++asked_;
      return about_to_change_;
    };
  }
  bool about_to_change_ = true;
  int asked_ = 0;
};

TEST_F(BesideHelmTest, OldPodsOfWhatHelmWillReplaceDoNotCount) {
  Failing();
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
  EXPECT_EQ(asked_, 3);
}

TEST_F(BesideHelmTest, FailingPodsOfWhatHelmLeavesAloneCount) {
  Failing();
  about_to_change_ = false;
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "POD_FAILING");
}

TEST_F(BesideHelmTest, ANewGenerationCountsUnasked) {
  Json& web = Failing();
  on_look_ = [&] {
    web["metadata"]["generation"] = 2;
    web["status"]["observedGeneration"] = 2;
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(asked_, 1);
}

TEST_F(BesideHelmTest, WhatHelmMadeCountsUnasked) {
  on_look_ = [&] { Failing(); };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(asked_, 0);
}

TEST_F(BesideHelmTest, ReadyIsNotTheEnd) {
  MakeReady(&Workload("Deployment"));
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
  EXPECT_EQ(progress_.ready(), 1);
}

// A Job of helm's, whose pod waits for an image.
class HookTest : public RolloutTest {
 protected:
  HookTest() {
    options_.until_cancelled = true;
    options_.await_creation = true;
  }
  void Hook(const std::string& waiting) {
    Json job = Object("batch/v1", "Job", "hook");
    job["spec"]["selector"]["matchLabels"]["app"] = "hook";
    Put(job);
    Pod("hook-a", "hook", waiting);
  }
  // For so many looks at the most.
  absl::Status AwaitHook(int looks, const std::string& old_uid = "") {
    const Context bounded = context_.WithCancel();
    on_look_ = [this, looks, bounded] {
      if (looks_ == looks) bounded.Cancel(MakeFailure(Reason::kCancelled, "enough"));
    };
    Awaited hook{{kJob, "demo", "hook"}};
    hook.hook = "pre-install";
    hook.old_uid = old_uid;
    return AwaitRollout(bounded, client_, clock_, {hook, {{kSecret, "demo", "key"}}}, options_);
  }
};

TEST_F(HookTest, OneThatCannotStartIsNamedFirstAndEndsIt) {
  Hook("InvalidImageName");
  const absl::Status status = AwaitHook(1);
  ASSERT_EQ(ReasonFor(status), "POD_FAILING");
  const v1::Failure failure = FailureOf(status);
  EXPECT_EQ(failure.message(),
            "hook pre-install: Job demo/hook: pod demo/hook-a cannot start: container web: "
            "InvalidImageName: m");
  EXPECT_EQ(failure.details().at("hook"), "pre-install");
  EXPECT_EQ(failure.details().at("object"), "Job demo/hook");
  EXPECT_EQ(failure.details().at("pod"), "demo/hook-a");
  EXPECT_EQ(progress_.total(), 1) << "it is not one of the objects";
  EXPECT_EQ(progress_.waiting(0).object(), "Job demo/hook");
  EXPECT_THAT(progress_.waiting(0).reason(), HasSubstr("hook pre-install: 0 of 1 completed; "
                                                       "hook-a: InvalidImageName: m"));
}

TEST_F(HookTest, OneThatIsNotThereIsNoNews) {
  EXPECT_EQ(ReasonFor(AwaitHook(1)), "CANCELLED");
  ASSERT_EQ(progress_.waiting_size(), 1);
  EXPECT_EQ(progress_.waiting(0).object(), "Secret demo/key");
}

TEST_F(HookTest, OneThatAnEarlierRevisionLeftDoesNotCount) {
  Hook("InvalidImageName");
  EXPECT_EQ(ReasonFor(AwaitHook(1, "hook-uid")), "CANCELLED");
  EXPECT_EQ(progress_.waiting(0).object(), "Secret demo/key");
}

TEST_F(HookTest, ItsEndIsHelmsToReport) {
  Hook("ContainerCreating");
  client_.At(IdOf("Job", "demo", "hook"))["status"]["conditions"] = {
      {{"type", "Failed"}, {"status", "True"}, {"reason", "BackoffLimitExceeded"}}};
  EXPECT_EQ(ReasonFor(AwaitHook(2)), "CANCELLED");
  EXPECT_THAT(progress_.waiting(0).reason(), HasSubstr("BackoffLimitExceeded"));
}

}  // namespace
}  // namespace wheelhouse::kube

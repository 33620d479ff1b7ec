#include "server/kube/readiness/judge.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

class JudgeTest : public testing::Test {
 protected:
  static std::string TextOf(const Readiness& readiness) {
    return readiness.ready() ? "ready: " + readiness.note : readiness.reason;
  }
  std::string Claim() {
    return TextOf(judge_.Of(context_, {{"apiVersion", "v1"},
                                       {"kind", "PersistentVolumeClaim"},
                                       {"spec", {{"storageClassName", "disk"}}},
                                       {"status", {{"phase", "Pending"}}}}));
  }
  void StorageClass(const std::string& mode) {
    kube_.Put(IdOf("StorageClass", "", "disk"), {{"volumeBindingMode", mode}});
  }
  void Event(const std::string& name, const std::string& reason, const std::string& time) {
    kube_.Put(IdOf("Event", "shop", name), {{"involvedObject", {{"kind", "Job"}, {"name", "job"}}},
                                            {"reason", reason},
                                            {"message", "m"},
                                            {"lastTimestamp", time}});
  }
  std::string Collected() {
    return TextOf(judge_.OfCollectedJob(context_, IdOf("Job", "shop", "job")));
  }
  int64_t Asked() {
    const auto calls = kube_.calls();
    return std::count(calls.begin(), calls.end(), "get StorageClass disk");
  }

  const Context context_ = Context::Background();
  FakeKube kube_;
  Judge judge_{kube_};
};

TEST_F(JudgeTest, AClaimWhoseClassBindsAtFirstUseIsReady) {
  StorageClass("WaitForFirstConsumer");
  EXPECT_EQ(Claim(), "ready: is bound when a pod first uses it");
  EXPECT_EQ(Claim(), "ready: is bound when a pod first uses it");
  EXPECT_EQ(Asked(), 1);
}

TEST_F(JudgeTest, AnyOtherClaimIsWaitedForAndItsClassAskedForOnce) {
  StorageClass("Immediate");
  EXPECT_EQ(Claim(), "is Pending");
  EXPECT_EQ(Claim(), "is Pending");
  EXPECT_EQ(Asked(), 1);
}

TEST_F(JudgeTest, AClassThatMayNotBeReadDoesNotCount) {
  StorageClass("WaitForFirstConsumer");
  kube_.forbidden = {"get storageclasses"};
  EXPECT_EQ(Claim(), "is Pending");
}

TEST_F(JudgeTest, AJobThatIsGoneIsDoneUnlessItsLastEndWasAFailure) {
  const std::string done = "ready: has finished and was collected (ttlSecondsAfterFinished)";
  EXPECT_EQ(Collected(), done);
  Event("a", "BackoffLimitExceeded", "2026-01-01T00:00:01Z");
  Event("b", "SuccessfulCreate", "2026-01-01T00:00:09Z");
  EXPECT_EQ(Collected(), "failed: BackoffLimitExceeded: m");
  Event("c", "Completed", "2026-01-01T00:00:02Z");
  EXPECT_EQ(Collected(), done);
  kube_.forbidden = {"list events"};
  EXPECT_EQ(Collected(), done);
}

}  // namespace
}  // namespace wheelhouse::kube

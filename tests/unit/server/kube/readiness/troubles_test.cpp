#include "server/kube/readiness/troubles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TroubleTest : public testing::Test {
 protected:
  static std::string Container(const std::string& name, const std::string& reason, int restarts) {
    return R"({"name": ")" + name + R"(", "restartCount": )" + std::to_string(restarts) +
           R"(, "state": {"waiting": {"reason": ")" + reason + R"(", "message": "m"}}})";
  }
  // Whether a pod with this trouble is given up after it has lasted for so long.
  bool GivenUp(const std::string& reason, absl::Duration lasting, int restarts = 0) const {
    return Hopeless({"web", reason, "", restarts}, rules_, lasting);
  }
  v1::EarlyFailure rules_;
};

TEST_F(TroubleTest, InitContainersHaveTroublesToo) {
  const Json pod = Json::parse(
      R"({"status": {"initContainerStatuses": [)" + Container("init", "ErrImagePull", 0) +
      R"(], "containerStatuses": [)" + Container("web", "CrashLoopBackOff", 2) +
      R"(, {"name": "fine", "state": {"running": {}}}]}})");
  const std::vector<Trouble> troubles = TroublesOf(pod);
  ASSERT_EQ(troubles.size(), 2u);
  EXPECT_EQ(troubles[0].ToString(), "container init: ErrImagePull: m");
  EXPECT_EQ(troubles[1].ToString(), "container web: CrashLoopBackOff after 2 restarts: m");
  EXPECT_EQ(PodTrouble(pod), "ErrImagePull: m");
  EXPECT_EQ(PodTrouble(Json::object()), "");
}

TEST_F(TroubleTest, AnImageThatCannotExistIsGivenUpAtOnce) {
  EXPECT_TRUE(GivenUp("InvalidImageName", absl::ZeroDuration()));
  EXPECT_TRUE(GivenUp("ErrImageNeverPull", absl::ZeroDuration()));
}

TEST_F(TroubleTest, ImagePullsAndCrashLoopsHaveBounds) {
  EXPECT_FALSE(GivenUp("ImagePullBackOff", absl::Seconds(29)));
  EXPECT_TRUE(GivenUp("ErrImagePull", absl::Seconds(30)));
  EXPECT_FALSE(GivenUp("CrashLoopBackOff", absl::Seconds(119), 4));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::ZeroDuration(), 5));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::Minutes(2), 1));
  rules_.mutable_image_pull()->set_seconds(2);
  rules_.set_crash_loop_restarts(1);
  rules_.mutable_crash_loop_time()->set_seconds(3);
  EXPECT_TRUE(GivenUp("ErrImagePull", absl::Seconds(2)));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::ZeroDuration(), 1));
  EXPECT_TRUE(GivenUp("CrashLoopBackOff", absl::Seconds(3)));
}

TEST_F(TroubleTest, NothingElseIsGivenUpNorAnythingWhereThatIsOff) {
  EXPECT_FALSE(GivenUp("ContainerCreating", absl::Hours(9)));
  EXPECT_FALSE(GivenUp("FailedPostStartHook", absl::Hours(9)));
  rules_.set_off(true);
  EXPECT_FALSE(GivenUp("InvalidImageName", absl::Hours(9)));
}

TEST_F(TroubleTest, EachReasonHasItsOwnBound) {
  const struct {
    const char *reason, *message;
    absl::Duration bound;
  } rows[] = {
      {"CreateContainerConfigError", "secret \"db\" not found", absl::Minutes(5)},
      {"RunContainerError", "exec: no such file", absl::Minutes(2)},
      {"Unschedulable", "0/3 nodes are available", absl::Minutes(8)},
      {"FailedMount", "configmap \"c\" not found", absl::Minutes(5)},
      {"FailedAttachVolume", "Multi-Attach error", absl::Minutes(5)},
      {"FailedCreate", "pods \"web-\" is forbidden: exceeded quota: q", absl::Minutes(5)},
      {"FailedCreate", "serviceaccount \"nosuch\" not found", absl::Minutes(1)},
      {"FailedCreate", "violates PodSecurity", absl::Minutes(1)},
      {"FailedCreate", "admission webhook \"w\" denied the request", absl::Minutes(1)},
      {"ProgressDeadlineExceeded", "has timed out progressing", absl::Seconds(5)},
  };
  for (const auto& row : rows) {
    const Trouble trouble{"", row.reason, row.message};
    EXPECT_FALSE(Hopeless(trouble, rules_, row.bound - absl::Seconds(1))) << row.message;
    EXPECT_TRUE(Hopeless(trouble, rules_, row.bound)) << row.message;
  }
}

TEST_F(TroubleTest, TheBoundsAreTheCharts) {
  rules_.mutable_refused()->set_seconds(2);
  rules_.mutable_quota()->set_seconds(3);
  rules_.mutable_unschedulable()->set_seconds(4);
  rules_.mutable_mount()->set_seconds(6);
  for (const auto& [trouble, seconds] :
       std::vector<std::pair<Trouble, int>>{{{"", "FailedCreate", "denied"}, 2},
                                            {{"", "FailedCreate", "exceeded quota"}, 3},
                                            {{"", "Unschedulable", ""}, 4},
                                            {{"", "FailedMount", ""}, 6}}) {
    EXPECT_FALSE(Hopeless(trouble, rules_, absl::Seconds(seconds - 1))) << trouble.Words();
    EXPECT_TRUE(Hopeless(trouble, rules_, absl::Seconds(seconds))) << trouble.Words();
  }
}

class PodTroubleTest : public testing::Test {
 protected:
  static std::string Words(const char* pod, const std::vector<Warning>& warnings = {}) {
    const auto troubles = TroublesOf(Json::parse(pod), warnings);
    return troubles.empty() ? "" : troubles[0].Words();
  }
  static Warning About(const char* reason) { return {.reason = reason, .message = "m"}; }
};

TEST_F(PodTroubleTest, AContainerThatEndedSaysHow) {
  EXPECT_EQ(Words(R"({"status": {"containerStatuses": [{"name": "c", "state": {"terminated":
                {"exitCode": 137, "reason": "OOMKilled"}}}]}})"),
            "OOMKilled: exit code 137 (OOMKilled)");
  EXPECT_EQ(Words(R"({"status": {"containerStatuses": [{"name": "c", "state": {"terminated":
                {"exitCode": 0, "reason": "Completed"}}}]}})"),
            "");
  EXPECT_EQ(Words(R"({"status": {"containerStatuses": [{"name": "c", "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no database"}}}]}})"),
            "CrashLoopBackOff: back-off; ended before with exit code 1: no database");
}

TEST_F(PodTroubleTest, ThePodItselfHasTheSchedulersWords) {
  EXPECT_EQ(Words(R"({"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled",
                "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]}})"),
            "Unschedulable: 0/3 nodes");
  EXPECT_EQ(
      Words(R"({"status": {"phase": "Failed", "reason": "Evicted", "message": "low on memory"}})"),
      "Evicted: low on memory");
}

TEST_F(PodTroubleTest, VolumesThatDoNotMountAreInTheEventsUntilSomethingHasStarted) {
  const char* waiting = R"({"status": {"phase": "Pending", "containerStatuses": [{"name": "c",
      "state": {"waiting": {"reason": "ContainerCreating"}}}]}})";
  EXPECT_EQ(Words(waiting, {About("FailedMount")}), "FailedMount: m");
  EXPECT_EQ(Words(waiting), "ContainerCreating");
  const char* running = R"({"status": {"phase": "Running", "containerStatuses": [{"name": "c",
      "ready": false, "state": {"running": {}}}]}})";
  EXPECT_EQ(Words(running, {About("FailedMount"), About("Unhealthy")}), "Unhealthy: m");
}

TEST_F(PodTroubleTest, APodThatIsReadyHasNone) {
  EXPECT_EQ(Words(R"({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})",
                  {About("Unhealthy")}),
            "");
}

class WorkloadTroubleTest : public testing::Test {
 protected:
  static std::vector<std::string> Words(const char* workload, const char* replica_set = "null",
                                        size_t pods = 0,
                                        const std::vector<Warning>& warnings = {}) {
    std::vector<std::string> words;
    for (const Trouble& one :
         WorkloadTroubles(Json::parse(workload), Json::parse(replica_set), pods, warnings))
      words.push_back(one.Words());
    return words;
  }
  static constexpr char kSet[] = R"({"kind": "StatefulSet", "spec": {"replicas": 2},
      "metadata": {"creationTimestamp": "2026-01-31T10:00:00Z", "managedFields": [
        {"manager": "helm", "time": "2026-01-31T12:00:00Z"},
        {"manager": "kube-controller-manager", "subresource": "status", "time": "2026-01-31T13:00:00Z"}]}})";
  static Warning Refused(const char* at) {
    return {.reason = "FailedCreate", .message = "m", .last = *ParseRfc3339(at)};
  }
};

TEST_F(WorkloadTroubleTest, PodsThatAreRefusedAreInTheConditionOfTheNewestReplicaSet) {
  const char* refused =
      R"({"kind": "ReplicaSet", "status": {"conditions": [{"type": "ReplicaFailure",
      "status": "True", "reason": "FailedCreate", "message": "quota"}]}})";
  EXPECT_THAT(Words(R"({"kind": "Deployment"})", refused, 1), ElementsAre("FailedCreate: quota"));
  EXPECT_THAT(Words(refused), ElementsAre("FailedCreate: quota"));
  // Of a Deployment it may be an old ReplicaSet's.
  EXPECT_THAT(Words(R"({"kind": "Deployment", "status": {"conditions": [{"type": "ReplicaFailure",
      "status": "True", "reason": "FailedCreate"}]}})"),
              IsEmpty());
}

TEST_F(WorkloadTroubleTest, OtherKindsTellItInEventsThatCountWhilePodsAreMissing) {
  EXPECT_THAT(Words(kSet, "null", 1, {Refused("2026-01-31T12:00:01Z")}),
              ElementsAre("FailedCreate: m"));
  EXPECT_THAT(Words(kSet, "null", 2, {Refused("2026-01-31T12:00:01Z")}), IsEmpty());
  EXPECT_THAT(Words(kSet, "null", 1, {Refused("2026-01-31T11:59:59Z")}), IsEmpty())
      << "said of the spec before";
}

TEST_F(WorkloadTroubleTest, ADeploymentsOwnDeadline) {
  EXPECT_THAT(Words(R"({"kind": "Deployment", "status": {"conditions": [{"type": "Progressing",
      "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"}]}})"),
              ElementsAre("ProgressDeadlineExceeded: m"));
}

}  // namespace
}  // namespace wheelhouse::kube

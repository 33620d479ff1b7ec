#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/kube/readiness/rollout_fixture.h"

namespace wheelhouse::kube {
namespace {

using testing::HasSubstr;

TEST_F(RolloutTest, EndsWhenAllAreReady) {
  Json& web = Workload("Deployment");
  on_look_ = [&] {
    if (looks_ == 2) MakeReady(&web);
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OK");
  EXPECT_EQ(looks_, 3);
  EXPECT_EQ(progress_.ready(), 1);
  EXPECT_EQ(progress_.total(), 1);
}

TEST_F(RolloutTest, TellsWhatIsNotReadyAndWhy) {
  Failing("ContainerCreating");
  Put(Object("v1", "Secret", "key"));
  options_.await_creation = true;
  on_look_ = [&] { context_.Cancel(MakeFailure(Reason::kCancelled, "enough")); };
  EXPECT_EQ(
      ReasonFor(Await(
          {{kDeployment, "demo", "web"}, {kSecret, "demo", "key"}, {kSecret, "demo", "late"}})),
      "CANCELLED");
  EXPECT_EQ(progress_.ready(), 1);
  EXPECT_EQ(progress_.total(), 3);
  ASSERT_EQ(progress_.waiting_size(), 2);
  EXPECT_EQ(progress_.waiting(0).reason(),
            "0 of 1 pods are available; web-1-a: ContainerCreating: m");
  EXPECT_EQ(progress_.waiting(1).object(), "Secret demo/late");
  EXPECT_EQ(progress_.waiting(1).reason(), "does not exist yet");
}

TEST_F(RolloutTest, WhatDoesNotExistIsAFailureUnlessItIsAwaited) {
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OBJECT_NOT_FOUND");
  options_.await_creation = true;
  EXPECT_EQ(ReasonFor(AwaitWebFor(2)), "CANCELLED");
}

TEST_F(RolloutTest, AFailingPodEndsItEarlyAndIsNamed) {
  Failing("InvalidImageName");
  const absl::Status status = AwaitWeb();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_EQ(
      FailureOf(status).message(),
      "Deployment demo/web: pod demo/web-1-a cannot start: container web: InvalidImageName: m");
  const auto details = FailureOf(status).details();
  EXPECT_EQ(details.at("object"), "Deployment demo/web");
  EXPECT_EQ(details.at("pod"), "demo/web-1-a");
  EXPECT_EQ(details.at("container"), "web");
  EXPECT_EQ(details.at("reason"), "InvalidImageName");
  EXPECT_EQ(progress_.waiting_size(), 1);
}

TEST_F(RolloutTest, ATroubleLastsFromWhenItWasFirstSeen) {
  Json& web = Failing("ErrImagePull");
  web["metadata"]["generation"] = 1;
  Json& pod = client_.At(IdOf("Pod", "demo", "web-1-a"));
  on_look_ = [&] {  // the two reasons take turns, and are one trouble
    pod["status"]["containerStatuses"][0] =
        Waiting("web", looks_ % 2 == 0 ? "ErrImagePull" : "ImagePullBackOff");
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(looks_, 31);
}

TEST_F(RolloutTest, EachContainersTroubleLastsOnItsOwn) {
  Failing("ErrImagePull");
  Json& pod = client_.At(IdOf("Pod", "demo", "web-1-a"));
  on_look_ = [&] {
    if (looks_ == 20) {
      // The first container gets its image, the second one begins to lack its.
      pod["status"]["containerStatuses"] =
          Json::array({{{"name", "web"}, {"ready", true}}, Waiting("helper", "ErrImagePull")});
    }
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(looks_, 51);
}

TEST_F(RolloutTest, AContainerThatWasReadyBeginsAnew) {
  Failing("CrashLoopBackOff");
  Json& pod = client_.At(IdOf("Pod", "demo", "web-1-a"));
  const Json crashing = pod["status"]["containerStatuses"][0];
  on_look_ = [&] {
    const bool well = looks_ == 100;
    pod["status"]["containerStatuses"][0] =
        well ? Json{{"name", "web"}, {"ready", true}} : crashing;
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(looks_, 222);
}

TEST_F(RolloutTest, UnschedulableIsNamedAndEndsItOnlyAfterItsOwnBound) {
  Failing("x");
  client_.At(IdOf("Pod", "demo", "web-1-a"))["status"] = {
      {"phase", "Pending"},
      {"conditions",
       {{{"type", "PodScheduled"},
         {"status", "False"},
         {"reason", "Unschedulable"},
         {"message", "0/3 nodes are available"}}}}};
  between_looks_ = absl::Minutes(1);
  const absl::Status status = AwaitWeb();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_EQ(looks_, 9) << "8 minutes after it was seen first";
  EXPECT_EQ(FailureOf(status).message(),
            "Deployment demo/web: pod demo/web-1-a cannot start: Unschedulable: 0/3 nodes are "
            "available");
  EXPECT_EQ(progress_.waiting(0).reason(),
            "0 of 1 pods are available; web-1-a: Unschedulable: 0/3 nodes are available");
}

TEST_F(RolloutTest, PodsOfAnOlderReplicaSetDoNotCount) {
  Failing("InvalidImageName");
  ReplicaSet("web-2", 10);  // as numbers 10 is more than 1 and 9
  ReplicaSet("web-0", 9);
  Pod("web-2-a", "web-2", "ContainerCreating");
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
  Pod("web-2-b", "web-2", "InvalidImageName");
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
}

TEST_F(RolloutTest, PodsOfAnotherRevisionDoNotCount) {
  Workload("StatefulSet", "db")["status"]["updateRevision"] = "db-new";
  Pod("db-0", "db", "InvalidImageName", "db-old");
  Workload("DaemonSet", "agent");
  for (const auto& [hash, number] : {std::pair("old", 9), std::pair("new", 10)}) {
    Json revision = Object("apps/v1", "ControllerRevision", hash, "agent");
    revision["metadata"]["labels"]["controller-revision-hash"] = hash;
    revision["revision"] = number;
    Put(revision);
  }
  Pod("agent-a", "agent", "InvalidImageName", "old");
  const std::vector<ObjectId> objects = {
      {{"apps", "v1", "StatefulSet", "statefulsets", true}, "demo", "db"},
      {{"apps", "v1", "DaemonSet", "daemonsets", true}, "demo", "agent"}};
  on_look_ = [this] {
    if (looks_ == 3) Pod("agent-b", "agent", "InvalidImageName", "new");
  };
  EXPECT_THAT(FailureOf(Await(objects)).message(), HasSubstr("pod demo/agent-b"));
  EXPECT_EQ(looks_, 4);
  client_.Remove(IdOf("Pod", "demo", "agent-b"));
  Pod("db-1", "db", "InvalidImageName", "db-new");
  EXPECT_THAT(FailureOf(Await(objects)).message(), HasSubstr("pod demo/db-1"));
}

TEST_F(RolloutTest, PodsSayNothingBeforeTheControllerHasSeenTheChange) {
  Failing()["metadata"]["generation"] = 2;
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
}

TEST_F(RolloutTest, WhatIsBeingDeletedDoesNotCount) {
  Failing();
  Json& pod = client_.At(IdOf("Pod", "demo", "web-1-a"));
  pod["metadata"]["deletionTimestamp"] = "now";
  on_look_ = [&] {
    if (looks_ == 2) {
      // Now the Deployment goes, before its pods.
      pod["metadata"].erase("deletionTimestamp");
      client_.At(IdOf("Deployment", "demo", "web"))["metadata"]["deletionTimestamp"] = "now";
    }
    if (looks_ == 4) context_.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "CANCELLED");
}

class JobRolloutTest : public RolloutTest {
 protected:
  Json& FailedJob() {
    Json job = Object("batch/v1", "Job", "migrate");
    job["status"]["conditions"] = {
        {{"type", "Failed"}, {"status", "True"}, {"reason", "BackoffLimitExceeded"}}};
    return Put(job);
  }
  absl::Status AwaitJob() { return Await({{kJob, "demo", "migrate"}}); }
};

TEST_F(JobRolloutTest, AFailedJobEndsItAtOnce) {
  FailedJob();
  const absl::Status status = AwaitJob();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_THAT(FailureOf(status).message(),
              HasSubstr("Job demo/migrate failed: BackoffLimitExceeded"));
}

TEST_F(JobRolloutTest, AnOldJobOnItsWayOutDoesNot) {
  FailedJob()["metadata"]["deletionTimestamp"] = "now";
  on_look_ = [this] {
    Json& made = FailedJob();
    made["metadata"]["uid"] = "another";
    made["status"]["conditions"][0]["type"] = "Complete";
  };
  EXPECT_EQ(ReasonFor(AwaitJob()), "OK");
}

TEST_F(JobRolloutTest, AJobThatItsTtlCollectsIsDoneOrHasFailed) {
  Json& job = FailedJob();
  job["status"]["conditions"][0]["type"] = "SuccessCriteriaMet";
  job["spec"]["ttlSecondsAfterFinished"] = 0;
  on_look_ = [this] { client_.Remove(IdOf("Job", "demo", "migrate")); };
  EXPECT_EQ(ReasonFor(AwaitJob()), "OK") << "it was seen, and went by itself";
  EXPECT_EQ(progress_.notes_size(), 1);

  FailedJob()["spec"]["ttlSecondsAfterFinished"] = 0;
  options_.early_failure.set_off(true);
  on_look_ = [this] {
    client_.Remove(IdOf("Job", "demo", "migrate"));
    options_.early_failure.set_off(false);
  };
  EXPECT_EQ(ReasonFor(AwaitJob()), "POD_FAILING") << "it was seen to fail";
}

TEST_F(JobRolloutTest, AJobThatIsGoneBeforeItIsSeenIsDoneWhereItsManifestHasATtl) {
  EXPECT_EQ(ReasonFor(AwaitJob()), "OBJECT_NOT_FOUND");
  const std::vector<Awaited> collected = {{{kJob, "demo", "migrate"}, true}};
  const auto await = [&] {
    return ReasonFor(AwaitRollout(context_, client_, clock_, collected, options_));
  };
  EXPECT_EQ(await(), "OK");
  client_.Put(IdOf("Event", "demo", "e"),
              {{"involvedObject", {{"kind", "Job"}, {"name", "migrate"}}},
               {"reason", "BackoffLimitExceeded"}});
  EXPECT_EQ(await(), "POD_FAILING");
}

TEST_F(RolloutTest, OffMeansOff) {
  Failing();
  options_.early_failure.set_off(true);
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
}

TEST_F(RolloutTest, AServerThatIsAwayIsWaitedFor) {
  MakeReady(&Workload("Deployment"));
  client_.fault = [](const std::string&) {
    return MakeFailure(Reason::kClusterUnreachable, "away");
  };
  options_.look_every = absl::Milliseconds(1);
  const Context bounded =
      context_.WithTimeout(absl::Milliseconds(20), MakeFailure(Reason::kNotReady, "late"));
  EXPECT_EQ(
      ReasonFor(AwaitRollout(bounded, client_, clock_, {{{kDeployment, "demo", "web"}}}, options_)),
      "NOT_READY");
  client_.fault = [](const std::string&) { return MakeFailure(Reason::kPermissionDenied, "no"); };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "PERMISSION_DENIED");
}

TEST_F(RolloutTest, NotesAreReportedAndDoNotHoldItUp) {
  Workload("Deployment")["spec"]["paused"] = true;
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OK");
  ASSERT_EQ(progress_.notes_size(), 1);
  EXPECT_EQ(progress_.notes(0).object(), "Deployment demo/web");
  EXPECT_EQ(progress_.notes(0).reason(), "is paused: 1 of 1 pods are updated");
}

TEST_F(RolloutTest, WhatMakesItPointlessEndsIt) {
  Failing("ContainerCreating");
  options_.check = [this](const Context&, KubeClient&) {
    return looks_ < 2 ? absl::OkStatus() : MakeFailure(Reason::kOvertaken, "by others");
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OVERTAKEN");
  EXPECT_EQ(looks_, 2);
}

TEST_F(RolloutTest, AnObjectThatIsMadeAnewBeginsAnew) {
  Failing("ErrImagePull");
  on_look_ = [&] {
    if (looks_ != 20) return;
    client_.Remove(IdOf("Pod", "demo", "web-1-a"));
    Pod("web-1-a", "web-1", "ErrImagePull")["metadata"]["uid"] = "another";
  };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(looks_, 51);
}

TEST_F(RolloutTest, PodsThatMayNotBeListedDoNotCount) {
  Json& web = Failing();
  client_.forbidden = {"list pods"};
  on_look_ = [&] { MakeReady(&web); };
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OK");
}

TEST_F(RolloutTest, ALookAtManyObjectsIsAFewRequests) {
  std::vector<ObjectId> objects;
  for (int i = 0; i < 50; ++i) {
    const std::string name = absl::StrCat("web-", i);
    Workload("Deployment", name);
    Put(Object("v1", "Secret", name));
    objects.push_back({kDeployment, "demo", name});
    objects.push_back({kSecret, "demo", name});
  }
  on_look_ = [&] {
    if (looks_ == 2) context_.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  };
  EXPECT_EQ(ReasonFor(Await(objects)), "CANCELLED");
  EXPECT_EQ(client_.calls().size(), 1u + 2 * 3u + 1u);
  EXPECT_EQ(Asked("list secrets in demo, metadata only"),
            1);  // settled by the first look, and never read whole
  EXPECT_EQ(Asked("list deployments"), 2);
  EXPECT_EQ(Asked("list replicasets in demo, where app in (web-0,"), 2);
  EXPECT_EQ(Asked("list pods in demo, where app in (web-0,"), 2);
  EXPECT_EQ(Asked("list events in demo"), 1) << "not in the first second";
}

TEST_F(RolloutTest, FirstLooksMayLeaveOutWhyNothingIsReady) {
  Failing();
  options_.undiagnosed_looks = 2;
  EXPECT_EQ(ReasonFor(AwaitWebFor(2)), "CANCELLED");
  EXPECT_EQ(Asked("list pods"), 0);
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
}

TEST_F(RolloutTest, WhatIsInTheEventsOfAPodIsToldAndSeen) {
  Failing("ContainerCreating");
  Put(Object("v1", "Event", "e"));
  client_.At(IdOf("Event", "demo", "e"))
      .update({{"reason", "FailedMount"},
               {"message", "no such secret"},
               {"involvedObject",
                {{"kind", "Pod"},
                 {"namespace", "demo"},
                 {"name", "web-1-a"},
                 {"uid", "web-1-a-uid"}}}});
  Put(Object("v1", "Event", "other"));
  Sight sight;
  options_.on_sight = [&sight](const Sight& seen) { sight = seen; };
  const absl::Status status = AwaitWeb();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_EQ(looks_, 302) << "5 minutes after it was seen first, in the second look";
  EXPECT_THAT(std::string(status.message()), HasSubstr("FailedMount: no such secret"));
  ASSERT_EQ(sight.warnings.size(), 1u);
  EXPECT_EQ(sight.warnings[0].ToString(), "Pod web-1-a: FailedMount: no such secret");
  ASSERT_EQ(sight.pods.size(), 1u);
}

TEST_F(RolloutTest, PodsOfReadyObjectsAreSeenWhereTheyAreWanted) {
  Put(Object("v1", "Pod", "alone"));
  client_.At(IdOf("Pod", "demo", "alone"))["status"]["conditions"] = {
      {{"type", "Ready"}, {"status", "True"}}};
  const std::vector<ObjectId> objects = {IdOf("Pod", "demo", "alone")};
  Sight sight;
  options_.on_sight = [&sight](const Sight& seen) { sight = seen; };
  EXPECT_EQ(ReasonFor(Await(objects)), "OK");
  EXPECT_TRUE(sight.pods.empty());
  options_.see_ready_pods = true;
  EXPECT_EQ(ReasonFor(Await(objects)), "OK");
  EXPECT_EQ(sight.pods.size(), 1u);
}

TEST_F(RolloutTest, EventsThatMayNotBeListedDoNotCount) {
  Failing("InvalidImageName");
  client_.forbidden = {"list events"};
  options_.early_failure.set_off(true);
  EXPECT_EQ(ReasonFor(AwaitWebFor(5)), "CANCELLED");
  EXPECT_EQ(Asked("list events"), 1) << "and are not asked for again";
}

TEST_F(RolloutTest, TroubleThatPassedBeginsAnew) {
  Failing("x");
  Json& pod = client_.At(IdOf("Pod", "demo", "web-1-a"));
  const Json unschedulable = {
      {"phase", "Pending"},
      {"conditions",
       {{{"type", "PodScheduled"}, {"status", "False"}, {"reason", "Unschedulable"}}}}};
  between_looks_ = absl::Minutes(1);
  on_look_ = [&] { pod["status"] = looks_ == 5 ? Json::object() : unschedulable; };
  pod["status"] = unschedulable;
  EXPECT_EQ(ReasonFor(AwaitWeb()), "POD_FAILING");
  EXPECT_EQ(looks_, 15);
}

}  // namespace
}  // namespace wheelhouse::kube

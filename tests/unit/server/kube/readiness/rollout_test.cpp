#include "server/kube/readiness/rollout.h"

#include <absl/strings/match.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/failure.h"
#include "server/kube/forwarding_client.h"
#include "server/kube/readiness/new_pods.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ResourceType kDeployment{"apps", "v1", "Deployment", "deployments", true};
const ResourceType kJob{"batch", "v1", "Job", "jobs", true};
const ResourceType kSecret{"", "v1", "Secret", "secrets", true};

class RolloutTest : public testing::Test {
 protected:
  RolloutTest() {
    options_.look_every = absl::ZeroDuration();
    options_.on_progress = [this](const v1::Progress& progress) {
      progress_ = progress;
      ++looks_;
      clock_.Pass(between_looks_);
      if (on_look_) on_look_();
    };
  }

  Json& Put(const Json& object) {
    return client_.Put(IdOf(Text(object, "/kind"), "demo", Text(object, "/metadata/name")), object);
  }
  static Json Object(const std::string& api_version, const std::string& kind,
                     const std::string& name, const std::string& owner = "") {
    Json object = {{"apiVersion", api_version},
                   {"kind", kind},
                   {"metadata", {{"name", name}, {"namespace", "demo"}, {"uid", name + "-uid"}}}};
    if (owner.empty()) return object;
    object["metadata"]["ownerReferences"] = {{{"uid", owner + "-uid"}}};
    object["metadata"]["labels"]["app"] = owner.substr(0, owner.find('-'));  // as Workload selects
    return object;
  }
  // A workload of one pod that is not ready, at `generation`, which its controller has observed.
  Json& Workload(const std::string& kind, const std::string& name = "web", int generation = 1) {
    Json object = Object("apps/v1", kind, name);
    object["metadata"]["generation"] = generation;
    object["spec"] = {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", name}}}}}};
    object["status"] = {
        {"observedGeneration", generation}, {"updatedReplicas", 1}, {"desiredNumberScheduled", 1}};
    return Put(object);
  }
  void MakeReady(Json* deployment) {
    (*deployment)["status"].update({{"replicas", 1}, {"availableReplicas", 1}});
  }
  void ReplicaSet(const std::string& name, int revision) {
    Json set = Object("apps/v1", "ReplicaSet", name, "web");
    set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = std::to_string(revision);
    Put(set);
  }
  Json& Pod(const std::string& name, const std::string& owner, const std::string& waiting,
            const std::string& hash = "") {
    Json pod = Object("v1", "Pod", name, owner);
    if (!hash.empty()) pod["metadata"]["labels"]["controller-revision-hash"] = hash;
    pod["status"]["containerStatuses"] = Json::array({Waiting("web", waiting)});
    return Put(pod);
  }
  static Json Waiting(const std::string& container, const std::string& reason) {
    return {{"name", container},
            {"restartCount", 0},
            {"state", {{"waiting", {{"reason", reason}, {"message", "m"}}}}}};
  }
  // A Deployment whose one new pod waits for this.
  Json& Failing(const std::string& waiting = "InvalidImageName") {
    Json& deployment = Workload("Deployment");
    ReplicaSet("web-1", 1);
    Pod("web-1-a", "web-1", waiting);
    return deployment;
  }

  absl::Status Await(const std::vector<ObjectId>& objects) {
    return AwaitRollout(context_, client_, clock_, AwaitedOf(objects), options_);
  }
  absl::Status AwaitWeb() { return Await({{kDeployment, "demo", "web"}}); }
  // Ends the rollout after so many looks without a failure.
  absl::Status AwaitWebFor(int looks) {
    const Context bounded = context_.WithCancel();
    on_look_ = [this, looks, bounded] {
      if (looks_ == looks) bounded.Cancel(MakeFailure(Reason::kCancelled, "enough"));
    };
    return AwaitRollout(bounded, client_, clock_, {{{kDeployment, "demo", "web"}}}, options_);
  }
  static std::string ReasonFor(const absl::Status& status) {
    return status.ok() ? "OK" : FailureOf(status).reason();
  }
  int64_t Asked(const std::string& call) {
    const std::vector<std::string> calls = client_.calls();
    return std::count_if(calls.begin(), calls.end(),
                         [&](const std::string& one) { return absl::StartsWith(one, call); });
  }

  const Context context_ =
      Context::Background()
          .WithTimeout(absl::Minutes(1), MakeFailure(Reason::kDeadlineExceeded, "no end"))
          .WithCancel();
  FakeKube client_;
  FakeClock clock_{absl::UnixEpoch()};
  RolloutOptions options_;
  absl::Duration between_looks_ = absl::Seconds(1);
  std::function<void()> on_look_;
  v1::Progress progress_;
  int looks_ = 0;
};

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

// A wait that lasts, which watches serve.
class WatchedRolloutTest : public RolloutTest {
 protected:
  WatchedRolloutTest() {
    options_.look_every = absl::Seconds(1);
    between_looks_ = absl::ZeroDuration();
  }
  absl::Status AwaitWatched(KubeClient& client) {
    WatchCache cache(client);
    options_.watches = &cache;
    return AwaitRollout(context_, client, clock_, {{{kDeployment, "demo", "web"}}}, options_);
  }
  bool Watched() { return Asked("watch deployments in demo") > 0; }
  void PutReady() {
    Json web = client_.Find(IdOf("Deployment", "demo", "web"));
    MakeReady(&web);
    client_.Put(IdOf("Deployment", "demo", "web"), web);
  }
};

TEST_F(WatchedRolloutTest, ItAsksTheServerNoMoreAndSeesTheChange) {
  Failing("ContainerCreating");
  int64_t asked = 0;
  int served = 0;
  on_look_ = [&] {
    const int64_t now = Asked("get Deployment demo/web");
    if (now == std::exchange(asked, now) && ++served == 2) PutReady();
  };
  EXPECT_EQ(ReasonFor(AwaitWatched(client_)), "OK");
  EXPECT_TRUE(Watched());
  EXPECT_EQ(Asked("get Deployment demo/web"), asked) << "but to confirm that it is ready";
}

TEST_F(WatchedRolloutTest, WhatWatchesBringIsConfirmedBeforeItEndsAnything) {
  Failing("ContainerCreating");
  // What the watch brings is older, or newer, than what the server has.
  class Stale final : public ForwardingClient {
   public:
    using ForwardingClient::ForwardingClient;
    absl::Status Watch(const Context& context, const ResourceType& type, const ListOptions& options,
                       const std::function<bool(const ObjectList&)>& on_list,
                       const std::function<bool(const WatchEvent&)>&) override {
      ObjectList list = *List(context, type, options);
      for (Json& object : list.items)
        object["status"].update({{"replicas", 1}, {"availableReplicas", 1}});
      on_list(list);
      return context.Sleep(absl::InfiniteDuration());
    }
  } stale(client_);
  int after = 0;
  bool ready = false;
  on_look_ = [&] {
    if (looks_ > 6 && ++after == 3) {
      PutReady();
      ready = true;
    }
  };
  EXPECT_EQ(ReasonFor(AwaitWatched(stale)), "OK");
  EXPECT_TRUE(ready);
}

TEST_F(WatchedRolloutTest, WhatIsReadyByExistingIsNotWatched) {
  Failing("ContainerCreating");
  Put(Object("v1", "Secret", "key"));
  WatchCache cache(client_);
  options_.watches = &cache;
  on_look_ = [&] {
    if (Watched()) PutReady();
  };
  const std::vector<Awaited> both = {{{kDeployment, "demo", "web"}}, {{kSecret, "demo", "key"}}};
  EXPECT_EQ(ReasonFor(AwaitRollout(context_, client_, clock_, both, options_)), "OK");
  EXPECT_EQ(Asked("watch secrets"), 0);
}

TEST_F(WatchedRolloutTest, WhatMayNotBeWatchedIsAskedFor) {
  Failing("ContainerCreating");
  client_.forbidden = {"watch deployments", "watch pods", "watch replicasets"};
  on_look_ = [&] {
    if (looks_ == 6) PutReady();
  };
  EXPECT_EQ(ReasonFor(AwaitWatched(client_)), "OK");
  EXPECT_EQ(looks_, 7);
}

TEST(CommonSelectorTest, LetsPassWhatAnyOfThemSelects) {
  const auto selecting = [](const std::string& labels) {
    return Json::parse(R"({"spec": {"selector": {"matchLabels": )" + labels + "}}}");
  };
  const Json web = selecting(R"({"app": "web", "release": "r", "tier": "front"})"),
             db = selecting(R"({"app": "db", "release": "r"})"),
             other = selecting(R"({"name": "other"})"),
             expressions = Json::parse(R"({"spec": {"selector": {"matchExpressions": []}}})");
  EXPECT_EQ(CommonSelector({&web}), "app in (web),release in (r),tier in (front)");
  EXPECT_EQ(CommonSelector({&web, &db}), "app in (db,web),release in (r)");
  EXPECT_EQ(CommonSelector({&web, &other}), "");
  EXPECT_EQ(CommonSelector({&web, &expressions}), "");
}

TEST(WouldChangeTest, ComparesTheSpecOfADryRun) {
  FakeKube client;
  const ObjectId id{kDeployment, "demo", "web"};
  const Json live = {{"metadata", {{"generation", 3}}}, {"spec", {{"replicas", 1}}}};
  const auto would = [&] { return WouldChange(Context::Background(), client, id, live, "doc"); };
  client.applied = Json{{"metadata", {{"generation", 4}}}, {"spec", {{"replicas", 1}}}};
  EXPECT_FALSE(would());
  client.applied = Json{{"metadata", {{"generation", 3}}}, {"spec", {{"replicas", 2}}}};
  EXPECT_TRUE(would());
  client.applied = MakeFailure(Reason::kApplyRejected, "immutable");
  EXPECT_TRUE(would());
  EXPECT_THAT(client.calls()[0], "apply Deployment demo/web as helm, dry run, by force");
}

class RolloutByThePlanTest : public RolloutTest {
 protected:
  // One rule, as text.
  void Rule(const std::string& rule) {
    v1::ChartInfo chart;
    ASSERT_TRUE(
        google::protobuf::TextFormat::ParseFromString("readiness { " + rule + " }", &chart));
    overrides_ = std::make_unique<Overrides>(chart.readiness());
    options_.overrides = overrides_.get();
  }

 private:
  std::unique_ptr<Overrides> overrides_;
};

TEST_F(RolloutByThePlanTest, APodOfWhatIsIgnoredDoesNotCount) {
  Failing();
  Rule("target { kind: 'Deployment' } ignore {}");
  EXPECT_TRUE(AwaitWeb().ok());
  EXPECT_EQ(progress_.notes(0).reason(), "is ignored by the plan");
}

TEST_F(RolloutByThePlanTest, WhatIsIgnoredNeedNotExist) {
  Rule("target { kind: 'Deployment' } ignore {}");
  EXPECT_TRUE(AwaitWeb().ok());
  Rule("target { kind: 'Deployment' } exists {}");
  EXPECT_EQ(ReasonFor(AwaitWeb()), "OBJECT_NOT_FOUND");
}

TEST_F(RolloutByThePlanTest, AFailedExpressionEndsTheWaitAndNamesTheObject) {
  Failing();
  Rule(
      "target { kind: 'Deployment' } expressions { current: 'false' failed: 'spec.replicas == 1' "
      "}");
  const absl::Status status = AwaitWeb();
  EXPECT_EQ(ReasonFor(status), "POD_FAILING");
  EXPECT_EQ(FailureOf(status).message(),
            "Deployment demo/web failed by the plan's expression failed");
}

TEST_F(RolloutByThePlanTest, PodsOfAnObjectWithARuleEndNothing) {
  Failing();
  Rule("target { kind: 'Deployment' } expressions { current: 'status.availableReplicas > 0' }");
  EXPECT_EQ(ReasonFor(AwaitWebFor(3)), "CANCELLED");
  EXPECT_EQ(progress_.waiting(0).reason(),
            "the plan's expression current, column 8: no such key: availableReplicas");
}

}  // namespace
}  // namespace wheelhouse::kube

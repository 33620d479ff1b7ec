// A wait for objects of a cluster in memory, on a clock that each look moves.
#pragma once

#include <absl/strings/match.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "common/failure.h"
#include "server/kube/readiness/rollout.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {

inline const ResourceType kDeployment{"apps", "v1", "Deployment", "deployments", true};
inline const ResourceType kJob{"batch", "v1", "Job", "jobs", true};
inline const ResourceType kSecret{"", "v1", "Secret", "secrets", true};

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

}  // namespace wheelhouse::kube

// A wait that lasts, which watches serve.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "server/kube/readiness/reads.h"
#include "tests/unit/fakes/watch_thread.h"
#include "tests/unit/server/kube/readiness/rollout_fixture.h"

namespace wheelhouse::kube {
namespace {

class WatchedRolloutTest : public RolloutTest {
 protected:
  WatchedRolloutTest() {
    options_.look_every = absl::Seconds(1);
    between_looks_ = absl::ZeroDuration();
  }
  absl::Status AwaitWatched(Watcher& watcher) {
    WatchCache cache(watcher);
    options_.watches = &cache;
    return AwaitRollout(context_, client_, clock_, {{{kDeployment, "demo", "web"}}}, options_);
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
  class Stale final : public Watcher {
   public:
    explicit Stale(KubeClient& client) : client_(client) {}
    std::unique_ptr<Watch> Begin(const ResourceType& type, const ListOptions& options,
                                 WatchHandlers handlers) override {
      return std::make_unique<WatchThread>([=, this](const Context& context) {
        ObjectList list = *client_.List(context, type, options);
        for (Json& object : list.items)
          object["status"].update({{"replicas", 1}, {"availableReplicas", 1}});
        handlers.on_list(std::move(list));
      });
    }

   private:
    KubeClient& client_;
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

TEST(ReadsTest, WhatCannotBeWatchedIsAskedForMoreSeldomInALongWait) {
  std::vector<absl::Duration> pauses = {NextPoll(absl::ZeroDuration())};
  while (pauses.size() < 30) pauses.push_back(NextPoll(pauses.back()));
  EXPECT_EQ(pauses[0], absl::Seconds(1));
  EXPECT_TRUE(std::ranges::is_sorted(pauses));
  EXPECT_EQ(pauses.back(), absl::Seconds(5));
}

}  // namespace
}  // namespace wheelhouse::kube

#include "server/kube/rest/rest_watcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"
#include "tests/unit/server/kube/rest/fault_fixture.h"

namespace wheelhouse::kube {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using Then = FaultServer::Then;

// What a watch has brought, in words: `list 7`, the name of an event's object, `lost`, `end
// REASON`.
class Brought {
 public:
  WatchHandlers Handlers() {
    WatchHandlers handlers;
    handlers.on_list = [this](const ObjectList& list) { Add("list " + list.resource_version); };
    handlers.on_event = [this](const WatchEvent& event) {
      EXPECT_EQ(Text(event.object, "/kind"), "ConfigMap");
      Add(Text(event.object, "/metadata/name"));
    };
    handlers.on_lost = [this] { Add("lost"); };
    handlers.on_end = [this](const absl::Status& status) {
      Add(absl::StrCat("end ", FailureOf(status).reason()));
    };
    return handlers;
  }
  std::vector<std::string> Until(const std::string& last) {
    MutexLock lock(&mutex_);
    while (std::ranges::find(words_, last) == words_.end()) added_.Wait(&mutex_);
    return words_;
  }

 private:
  void Add(const std::string& word) {
    MutexLock lock(&mutex_);
    words_.push_back(word);
    added_.NotifyAll();
  }
  Mutex mutex_;
  CondVar added_;
  std::vector<std::string> words_ ABSL_GUARDED_BY(mutex_);
};

class RestWatcherTest : public FaultTest {
 protected:
  // What a watch brings until an event of this name has come, or another of these words.
  std::vector<std::string> WatchUntil(const std::string& last) {
    const auto watch = watcher_.Begin(kConfigMap, {.ns = "demo"}, brought_.Handlers());
    return brought_.Until(last);
  }
  Brought brought_;
  RestWatcher watcher_{client_, source_, absl::Seconds(1)};
};

TEST_F(RestWatcherTest, AWatchListsAgainWhenItsPlaceIsGone) {
  const std::string gone = R"({"type": "ERROR", "object": {"code": 410}})"
                           "\n";
  Serve({Page("", "", "1"), Refusal(410, "too old"),                              // as the answer
         Page("", "", "2"), FaultServer::Whole(200, Event("ADDED", "a") + gone),  // as an event
         Page("", "", "3"), FaultServer::Whole(200, Event("MODIFIED", "b"))});
  EXPECT_THAT(WatchUntil("b"), ElementsAre("list 1", "list 2", "a", "list 3", "b"));
  EXPECT_THAT(server_->requests()[5], HasSubstr("resourceVersion=3"));
}

TEST_F(RestWatcherTest, AWatchThatTheServerEndsInItsTimeGoesOnFromThere) {
  const auto bookmark = [](const std::string& version) {
    return R"({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": ")" + version +
           "\"}}}\n";
  };
  Serve({Page("", "", "1"), FaultServer::Whole(200, Event("ADDED", "a") + bookmark("12")),
         FaultServer::Whole(200, bookmark("13")), Refusal(410, "too old"),  //
         Page("", "", "20"), FaultServer::Whole(200, Event("ADDED", "b"))});
  EXPECT_THAT(WatchUntil("b"), ElementsAre("list 1", "a", "", "", "list 20", "b"));
  EXPECT_THAT(server_->requests()[2], HasSubstr("resourceVersion=12 "));
  EXPECT_THAT(server_->requests()[3], HasSubstr("resourceVersion=13 "));
}

TEST_F(RestWatcherTest, AWatchThatIsCutOrSilentListsAgain) {
  Serve(
      {Page("", "", "1"), FaultServer::Part(Event("ADDED", "a") + R"({"type": "AD)", Then::kReset),
       Page("", "", "2"), FaultServer::Part("", Then::kSilence),  //
       Page("", "", "3"), Refusal(503, "restarting"),             //
       Page("", "", "4"), FaultServer::Whole(200, Event("BOOKMARK", "") + Event("DELETED", "b"))});
  EXPECT_THAT(WatchUntil("b"), ElementsAre("list 1", "a", "list 2", "list 3", "list 4", "", "b"));
}

TEST_F(RestWatcherTest, WhatANewListCannotFixEndsIt) {
  Serve({Page("", "", "1"), Refusal(403, "forbidden")});
  EXPECT_THAT(WatchUntil("end PERMISSION_DENIED"), ElementsAre("list 1", "end PERMISSION_DENIED"));
}

TEST_F(RestWatcherTest, CredentialsThatAreRefusedAreRenewedOnce) {
  source_.renewed = "new";
  Serve({Page("", "", "1"), Refusal(401, "Unauthorized"), Page("", "", "2"),
         FaultServer::Part(Event("ADDED", "a"), Then::kSilence)});
  EXPECT_THAT(WatchUntil("a"), ElementsAre("list 1", "list 2", "a"));
  EXPECT_THAT(server_->requests()[3], HasSubstr("Authorization: Bearer new"));
}

TEST_F(RestWatcherTest, CredentialsThatStayRefusedEndIt) {
  Serve({Page("", "", "1"), Refusal(401, "Unauthorized")});
  EXPECT_THAT(WatchUntil("end CREDENTIALS_INVALID"),
              ElementsAre("list 1", "end CREDENTIALS_INVALID"));
}

TEST_F(RestWatcherTest, AServerThatIsNotHeardOfIsAskedUntilItIsThere) {
  FakeKube lists;
  lists.FailNext("list configmaps in demo", MakeFailure(Reason::kClusterUnreachable, "away"));
  lists.Put(IdOf("ConfigMap", "demo", "a"), Json::object());
  Serve({FaultServer::Part(Event("MODIFIED", "a"), Then::kSilence)});
  RestWatcher watcher(lists, source_);
  const auto watch = watcher.Begin(kConfigMap, {.ns = "demo"}, brought_.Handlers());
  const std::vector<std::string> words = brought_.Until("a");
  EXPECT_THAT(words, SizeIs(3));
  EXPECT_EQ(words[0], "lost");
}

TEST_F(RestWatcherTest, OnceItHasEndedItSaysNothingMore) {
  Serve({Page("", "", "1"), FaultServer::Part(Event("ADDED", "a"), Then::kSilence)});
  bool ended = false;
  WatchHandlers handlers = brought_.Handlers();
  handlers.on_lost = [&ended] { EXPECT_FALSE(ended); };
  handlers.on_end = [&ended](const absl::Status&) { EXPECT_FALSE(ended); };
  auto watch = watcher_.Begin(kConfigMap, {.ns = "demo"}, handlers);
  brought_.Until("a");
  watch.reset();
  ended = true;
  // Its stream is given up, and the next one is served by the same threads.
  Serve({Page("", "", "2"), FaultServer::Part(Event("ADDED", "b"), Then::kSilence)});
  EXPECT_THAT(WatchUntil("b"), ElementsAre("list 1", "a", "list 2", "b"));
}

}  // namespace
}  // namespace wheelhouse::kube

#include "server/kube/readiness/stuck_pods.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

class StuckPodTest : public testing::Test {
 protected:
  StuckPodTest() {
    set_ = {
        {"kind", "StatefulSet"},
        {"apiVersion", "apps/v1"},
        {"metadata", {{"name", "db"}, {"uid", "set"}, {"generation", 3}}},
        {"spec", {{"replicas", 3}}},
        {"status",
         {{"observedGeneration", 3}, {"currentRevision", "db-old"}, {"updateRevision", "db-new"}}}};
  }
  void AddPod(int ordinal, const std::string& revision, bool ready, bool going = false) {
    Json pod = {
        {"metadata",
         {{"name", "db-" + std::to_string(ordinal)},
          {"labels", {{"controller-revision-hash", revision}}},
          {"ownerReferences", {{{"uid", "set"}}}}}},
        {"status", {{"conditions", {{{"type", "Ready"}, {"status", ready ? "True" : "False"}}}}}}};
    if (going) pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    pods_.push_back(std::move(pod));
  }
  std::string Stuck() const {
    const Json* pod = StuckPod(set_, pods_);
    return pod == nullptr ? "none" : Text(*pod, "/metadata/name");
  }
  Json set_;
  std::vector<Json> pods_;
};

TEST_F(StuckPodTest, IsTheBrokenOneOfARevisionThatIsNotWanted) {
  AddPod(0, "db-bad", false);
  EXPECT_EQ(Stuck(), "db-0");
}

TEST_F(StuckPodTest, OneAtATimeFromTheHighestOrdinal) {
  AddPod(0, "db-bad", false);
  AddPod(10, "db-bad", false);
  AddPod(2, "db-bad", false);
  EXPECT_EQ(Stuck(), "db-10");
}

TEST_F(StuckPodTest, NoneWhileTheControllerIsAtWork) {
  AddPod(0, "db-bad", false);
  AddPod(1, "db-new", false);
  EXPECT_EQ(Stuck(), "none") << "a new one is not ready yet";
  pods_.pop_back();
  AddPod(1, "db-old", true, true);
  EXPECT_EQ(Stuck(), "none") << "one is being deleted";
}

TEST_F(StuckPodTest, AReadyPodIsNeverDeleted) {
  AddPod(0, "db-old", true);
  AddPod(1, "db-bad", true);
  EXPECT_EQ(Stuck(), "none");
}

TEST_F(StuckPodTest, BelowThePartitionTheCurrentRevisionIsWanted) {
  set_["spec"]["updateStrategy"] = {{"rollingUpdate", {{"partition", 1}}}};
  AddPod(0, "db-old", false);
  EXPECT_EQ(Stuck(), "none");
  pods_.clear();
  AddPod(1, "db-old", false);
  EXPECT_EQ(Stuck(), "db-1");
}

TEST_F(StuckPodTest, NoneWherePodsAreReplacedByHandOrTheSpecIsNotSeenYet) {
  AddPod(0, "db-bad", false);
  set_["spec"]["updateStrategy"] = {{"type", "OnDelete"}};
  EXPECT_EQ(Stuck(), "none");
  set_["spec"].erase("updateStrategy");
  set_["metadata"]["generation"] = 4;
  EXPECT_EQ(Stuck(), "none");
}

TEST_F(StuckPodTest, PodsOfOthersDoNotCount) {
  AddPod(0, "db-bad", false);
  pods_[0]["metadata"]["ownerReferences"][0]["uid"] = "another";
  EXPECT_EQ(Stuck(), "none");
}

}  // namespace
}  // namespace wheelhouse::kube

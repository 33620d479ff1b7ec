#include "server/kube/readiness/troubles.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

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
  EXPECT_FALSE(GivenUp("CreateContainerConfigError", absl::Hours(9)));
  rules_.set_off(true);
  EXPECT_FALSE(GivenUp("InvalidImageName", absl::Hours(9)));
}

}  // namespace
}  // namespace wheelhouse::kube

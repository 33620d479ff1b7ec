#include "server/inspection/pod_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json RunningPod(const std::string& name) {
  return {{"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", "demo"}, {"uid", name}}},
          {"status",
           {{"containerStatuses", {{{"name", "c"}, {"state", {{"running", Json::object()}}}}}}}}};
}

class PodLogTest : public ::testing::Test {
 protected:
  PodLog Make(PodLogRules rules) {
    return PodLog(kube, std::move(rules), [this](const Context&) -> absl::StatusOr<PodLog::Pods> {
      ++found;
      const helm::Release release;
      auto mask = ReleaseMask::Of({&release});
      if (!mask.ok()) return mask.status();
      return PodLog::Pods{pods, *std::move(mask)};
    });
  }
  // The lines of one round.
  std::vector<std::string> Round(PodLog& log, absl::Duration now, bool* over = nullptr) {
    std::vector<std::string> lines;
    while (true) {
      const auto step = log.Next(Context::Background(), now);
      EXPECT_TRUE(step.ok()) << step.status();
      if (!step.ok() || step->paused) {
        if (over != nullptr) *over = step->over;
        return lines;
      }
      for (const auto& line : step->lines) lines.push_back(line.pod() + ": " + line.line());
    }
  }

  kube::FakeKube kube;
  std::vector<Json> pods = {RunningPod("a"), RunningPod("b")};
  int found = 0;
};

TEST_F(PodLogTest, EndsAfterOneRoundWithoutFollow) {
  PodLog log = Make({});
  bool over = false;
  EXPECT_THAT(Round(log, absl::ZeroDuration(), &over), ElementsAre("a: log of a", "b: log of b"));
  EXPECT_TRUE(over);
}

TEST_F(PodLogTest, FollowingShowsOnlyWhatIsNewAndNewPods) {
  PodLog log = Make({.follow = true});
  bool over = true;
  kube.log = "2026-01-31T12:00:00Z one\n";
  EXPECT_THAT(Round(log, absl::ZeroDuration(), &over), ElementsAre("a: one", "b: one"));
  EXPECT_FALSE(over);
  kube.log = "2026-01-31T12:00:00Z one\n2026-01-31T12:00:00.5Z password=hunter2-x\n";
  EXPECT_THAT(Round(log, absl::Seconds(1)), ElementsAre("a: password=***", "b: password=***"));
  pods.push_back(RunningPod("late"));
  EXPECT_THAT(Round(log, absl::Seconds(2)), ElementsAre()) << "pods are looked up every 5 s";
  EXPECT_EQ(found, 1);
  EXPECT_THAT(Round(log, absl::Seconds(6)), ElementsAre("late: one", "late: password=***"));
}

TEST_F(PodLogTest, AKubeletThatCannotBeReadIsSaidOnce) {
  pods.resize(1);
  PodLog log = Make({.follow = true});
  kube.FailNext("logs demo/a", MakeFailure(Reason::kClusterUnreachable, "no route"));
  EXPECT_THAT(Round(log, absl::ZeroDuration()),
              ElementsAre(HasSubstr("a: the log cannot be read: ")));
  kube.FailNext("logs demo/a", MakeFailure(Reason::kClusterUnreachable, "no route"));
  EXPECT_THAT(Round(log, absl::Seconds(1)), ElementsAre());
}

}  // namespace
}  // namespace wheelhouse::inspection

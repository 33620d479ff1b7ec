#include "server/lifecycle/objects/wait_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "common/time.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class WaitLogTest : public testing::Test {
 protected:
  // The lines that were logged since the last call, with their source.
  std::vector<std::string> Lines() { return std::exchange(around_.journal.logs, {}); }

  Surroundings around_;
};

class WarningsLoggedTest : public WaitLogTest {
 protected:
  WarningsLoggedTest() { around_.info.set_logs(v1::POD_LOGS_NONE); }
  kube::Warning Warn(const std::string& message, int64_t count = 1, absl::Duration ago = {}) {
    return {.kind = "Pod",
            .ns = "shop",
            .name = "web-x",
            .reason = "FailedMount",
            .message = message,
            .count = count,
            .last = around_.clock.Now() - ago};
  }
};

TEST_F(WarningsLoggedTest, EachIsLoggedOnceAndAgainWhenItWasRepeatedOften) {
  WaitLog log(around_.work, around_.chart());
  log.See({{}, {Warn("b"), Warn("a", 2)}});
  EXPECT_THAT(Lines(), ElementsAre("event: Pod web-x: FailedMount: a (2 times)",
                                   "event: Pod web-x: FailedMount: b"));
  log.See({{}, {Warn("a", 19), Warn("b", 10)}});
  EXPECT_THAT(Lines(), ElementsAre("event: Pod web-x: FailedMount: b (10 times)"));
}

TEST_F(WarningsLoggedTest, WhatWasSaidBeforeTheWaitIsNotLogged) {
  WaitLog log(around_.work, around_.chart());
  log.See({{}, {Warn("old", 1, absl::Minutes(1))}});
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(WarningsLoggedTest, SecretsAreMaskedAndTheNumberIsBounded) {
  around_.info.add_values()->set_key("password");
  around_.info.mutable_values(0)->set_value("hunter2hunter2");
  WaitLog log(around_.work, around_.chart());
  log.See({{}, {Warn("hunter2hunter2")}});
  EXPECT_THAT(Lines(), ElementsAre("event: Pod web-x: FailedMount: ***"));
  kube::Sight many;
  for (int i = 0; i < 1000; ++i) many.warnings.push_back(Warn(std::to_string(i)));
  log.See(many);
  EXPECT_THAT(Lines(), SizeIs(199));
}

class PodLinesTest : public WaitLogTest {
 protected:
  PodLinesTest() { around_.info.set_logs(v1::POD_LOGS_FAILING); }
  kube::Json Pod(const char* status) {
    return {{"metadata", {{"name", "web-x"}, {"namespace", "shop"}, {"uid", "u"}}},
            {"spec", {{"containers", {{{"name", "c"}}}}}},
            {"status", {{"containerStatuses", kube::Json::array({kube::Json::parse(status)})}}}};
  }
  bool Look(const char* status) {
    if (!lines_) lines_.emplace(around_.chart(), LinesOfChart(around_.info));
    return lines_->Look(around_.work, {Pod(status)});
  }
  static constexpr char kCrashed[] = R"({"name": "c", "restartCount": 1, "ready": false,
      "state": {"waiting": {"reason": "CrashLoopBackOff"}},
      "lastState": {"terminated": {"exitCode": 1}}})";
  static constexpr char kRuns[] = R"({"name": "c", "ready": false, "state": {"running": {}}})";
  static constexpr char kReady[] = R"({"name": "c", "ready": true, "state": {"running": {}}})";
  std::optional<PodLines> lines_;
};

TEST_F(PodLinesTest, TheLastLinesOfAContainerThatCrashedComeOnce) {
  around_.kube.previous_log = "2026-01-31T12:00:00Z panic\n2026-01-31T12:00:00Z exit\n";
  Look(kCrashed);
  EXPECT_THAT(Lines(), ElementsAre("web-x: panic", "web-x: exit"));
  Look(kCrashed);
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(PodLinesTest, AContainerThatHasOnlyJustBegunIsNotFailing) {
  around_.kube.log = "2026-01-31T12:00:00Z one\n";
  Look(kRuns);
  around_.clock.Pass(absl::Seconds(4));
  Look(kRuns);
  EXPECT_THAT(Lines(), IsEmpty());
  around_.clock.Pass(absl::Seconds(2));
  Look(kRuns);
  EXPECT_THAT(Lines(), ElementsAre("web-x: one"));
  around_.kube.log += "2026-01-31T12:00:01.5Z two\n";
  Look(kRuns);
  EXPECT_THAT(Lines(), ElementsAre("web-x: two"));
  Look(kReady);
  Look(kRuns);
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(PodLinesTest, LogsThatHaveNothingNewAreReadMoreSeldom) {
  around_.kube.log = "2026-01-31T12:00:00Z one\n";
  EXPECT_TRUE(Look(kRuns)) << "nothing is read yet";
  around_.clock.Pass(absl::Seconds(6));
  EXPECT_TRUE(Look(kRuns));
  EXPECT_FALSE(Look(kRuns));
  const absl::Duration every = absl::Seconds(2);
  EXPECT_EQ(NextPause(every, every, false), every);
  EXPECT_EQ(NextPause(every, every, true), absl::Seconds(4));
  EXPECT_EQ(NextPause(absl::Seconds(8), every, true), absl::Seconds(8));
  EXPECT_EQ(NextPause(absl::Seconds(8), every, false), every);
}

TEST_F(PodLinesTest, AllLinesComeWhereTheChartWantsThem) {
  around_.info.set_logs(v1::POD_LOGS_ALL);
  around_.kube.log = "2026-01-31T12:00:00Z one\n";
  Look(kReady);
  EXPECT_THAT(Lines(), ElementsAre("web-x: one"));
}

TEST_F(PodLinesTest, WhatAReadyPodPrintedLongBeforeTheWaitDoesNotCome) {
  around_.info.set_logs(v1::POD_LOGS_ALL);
  lines_.emplace(around_.chart(), LinesOfChart(around_.info));
  kube::Json pod = Pod(kReady);
  const absl::Time now = around_.clock.Now();
  pod["metadata"]["creationTimestamp"] = Rfc3339(now - absl::Hours(1));
  around_.kube.log = absl::StrCat(Rfc3339(now - absl::Seconds(1)), " before\n",
                                  Rfc3339(now + absl::Seconds(1)), " after\n");
  lines_->Look(around_.work, {pod});
  EXPECT_THAT(Lines(), ElementsAre("web-x: after"));
}

TEST_F(PodLinesTest, AFollowerMakesALastLookAndKnowsHowEachPodEnded) {
  around_.kube.log = "2026-01-31T12:00:00Z one\n";
  PodFollower follower(around_.work, around_.chart(), kAllLines, absl::Hours(1),
                       [this](const Context&) { return std::vector<kube::Json>{Pod(kReady)}; });
  follower.Stop();
  EXPECT_THAT(Lines(), ElementsAre("web-x: one"));
  EXPECT_THAT(follower.tails(), ElementsAre(testing::Pair("web-x", "one\n")));
}

TEST_F(PodLinesTest, TheNumberOfLinesIsBoundedAndThatIsTold) {
  around_.info.set_logs(v1::POD_LOGS_ALL);
  for (int i = 0; i < 2000; ++i) absl::StrAppend(&around_.kube.log, "2026-01-31T12:00:00Z line\n");
  Look(kReady);
  const std::vector<std::string> lines = Lines();
  EXPECT_THAT(lines, SizeIs(1000));
  EXPECT_EQ(lines.back(), "wheelhoused: further lines of this chart's pods are not shown");
  around_.kube.log = "2026-01-31T12:00:09Z more\n";
  Look(kReady);
  EXPECT_THAT(Lines(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

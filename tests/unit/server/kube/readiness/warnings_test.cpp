#include "server/kube/readiness/warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/time.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;

TEST(Warning, SaysWhatHappenedAndHowOften) {
  Json event = Json::parse(R"({
    "involvedObject": {"kind": "Pod", "namespace": "demo", "name": "web-x", "uid": "u"},
    "reason": "FailedMount", "message": "no such secret", "count": 3,
    "firstTimestamp": "2026-01-31T12:00:00Z", "lastTimestamp": "2026-01-31T12:00:09Z"})");
  EXPECT_EQ(WarningOf(event).ToString(), "Pod web-x: FailedMount: no such secret (3 times)");
  EXPECT_EQ(WarningOf(event).uid, "u");
  EXPECT_EQ(WarningOf(event).last, *ParseRfc3339("2026-01-31T12:00:09Z"));
  event.erase("count");
  EXPECT_EQ(WarningOf(event).ToString(), "Pod web-x: FailedMount: no such secret");
}

TEST(Warning, TheSchedulersEventsHaveASeriesAndNoCount) {
  const Warning warning = WarningOf(Json::parse(R"({
    "reason": "FailedScheduling", "count": null, "lastTimestamp": null,
    "eventTime": "2026-01-31T12:00:00.123456Z",
    "series": {"count": 4, "lastObservedTime": "2026-01-31T12:01:00.000000Z"}})"));
  EXPECT_EQ(warning.count, 4);
  EXPECT_EQ(warning.last, *ParseRfc3339("2026-01-31T12:01:00Z"));
}

TEST(Warning, AnEventOfAnotherShapeIsEmpty) {
  EXPECT_EQ(WarningOf(Json::parse(R"({"involvedObject": [], "count": "x"})")).count, 1);
}

TEST(ListWarnings, TheNewestComeFirst) {
  FakeKube client;
  for (const char* time : {"2026-01-31T12:00:01Z", "2026-01-31T12:00:03Z", "2026-01-31T12:00:02Z"})
    client.Put(IdOf("Event", "demo", time), {{"reason", time}, {"lastTimestamp", time}});
  const auto warnings = ListWarnings(Context::Background(), client, "demo");
  ASSERT_TRUE(warnings.ok());
  std::vector<std::string> reasons;
  for (const Warning& one : *warnings) reasons.push_back(one.reason);
  EXPECT_THAT(reasons,
              ElementsAre("2026-01-31T12:00:03Z", "2026-01-31T12:00:02Z", "2026-01-31T12:00:01Z"));
  EXPECT_THAT(client.calls(), ElementsAre("list events in demo"));
}

}  // namespace
}  // namespace wheelhouse::kube

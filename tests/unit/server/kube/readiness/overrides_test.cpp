#include "server/kube/readiness/overrides.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

using testing::HasSubstr;
using State = Readiness::State;

Json Sail(const Json& status = Json()) {
  Json sail = {{"apiVersion", "sandbox.wheelhouse/v1"},
               {"kind", "Sail"},
               {"metadata",
                {{"name", "main-1"},
                 {"namespace", "demo"},
                 {"generation", 2},
                 {"labels", {{"tier", "front"}}}}},
               {"spec", {{"area", 12}}}};
  if (!status.is_null()) sail["status"] = status;
  return sail;
}

// The verdict of rules, each the text of a ReadinessRule; a state of -1 and no reason without one.
struct Verdict {
  int state = -1;
  std::string reason;
};

Overrides RulesOf(const std::vector<std::string>& rules) {
  v1::ChartInfo chart;
  for (const std::string& rule : rules) {
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(rule, chart.add_readiness())) << rule;
  }
  return Overrides(chart.readiness());
}

Verdict Judge(const std::vector<std::string>& rules, const Json& object) {
  const auto verdict = RulesOf(rules).VerdictOn(Context::Background(), object);
  if (!verdict.has_value()) return {};
  return {static_cast<int>(verdict->state), verdict->reason};
}

int StateOf(const std::string& rule, const Json& object) { return Judge({rule}, object).state; }

constexpr int kReady = static_cast<int>(State::kReady);
constexpr int kWaits = static_cast<int>(State::kInProgress);
constexpr int kFails = static_cast<int>(State::kFailed);
constexpr int kNone = -1;

TEST(Overrides, EveryFieldOfATargetHasToMatch) {
  for (const char* target :
       {"kind: 'Sail'", "group: 'sandbox.wheelhouse'", "version: 'v1'", "name: 'main-1'",
        "name: 'main-[0-9]+'", "namespace: 'demo'", "label_selector: 'tier in (front)'",
        "kind: 'Sail' group: 'sandbox.wheelhouse' name: '.*' label_selector: '!none'"})
    EXPECT_EQ(StateOf(std::string("target { ") + target + " } ignore {}", Sail()), kReady)
        << target;
  for (const char* target :
       {"kind: 'Mast'", "group: 'sandbox'", "version: 'v2'", "name: 'main'", "name: 'ain-1'",
        "namespace: 'shop'", "label_selector: 'tier!=front'", "kind: 'Sail' name: 'other'"})
    EXPECT_EQ(StateOf(std::string("target { ") + target + " } ignore {}", Sail()), kNone) << target;
}

TEST(Overrides, TheFirstRuleThatMatchesCounts) {
  const std::string never = "target { kind: 'Sail' } expressions { current: 'false' }";
  const std::string exists = "target { name: 'main-1' } exists {}";
  EXPECT_EQ(Judge({never, exists}, Sail()).state, kWaits);
  EXPECT_EQ(Judge({exists, never}, Sail()).state, kReady);
  EXPECT_EQ(Judge({"target { kind: 'Mast' } ignore {}", never}, Sail()).state, kWaits);
  EXPECT_EQ(Judge({}, Sail()).state, kNone);
}

TEST(Overrides, WhatExistsIsReadyUnlessItIsBeingDeleted) {
  Json sail = Sail({{"observedGeneration", 1}});
  EXPECT_EQ(StateOf("target { kind: 'Sail' } exists {}", sail), kReady);
  sail["metadata"]["deletionTimestamp"] = "2024-01-01T00:00:00Z";
  EXPECT_EQ(StateOf("target { kind: 'Sail' } exists {}", sail), kWaits);
  EXPECT_EQ(StateOf("target { kind: 'Sail' } ignore {}", sail), kReady);
}

TEST(Overrides, OnlyWhatIsIgnoredNeedNotExist) {
  const ObjectId id{{"sandbox.wheelhouse", "v1", "Sail", "sails", true}, "demo", "main-1"};
  const auto absent = [&](const char* rule) { return RulesOf({rule}).VerdictOnAbsent(id); };
  ASSERT_TRUE(absent("target { kind: 'Sail' name: 'main.*' } ignore {}").has_value());
  EXPECT_TRUE(absent("target { kind: 'Sail' } ignore {}")->ready());
  EXPECT_FALSE(absent("target { kind: 'Sail' } exists {}").has_value());
  EXPECT_FALSE(absent("target { label_selector: 'tier' } ignore {}").has_value());
  EXPECT_FALSE(absent("target { kind: 'Mast' } ignore {}").has_value());
}

TEST(Overrides, AConditionHasToHaveItsStatus) {
  const std::string hoisted = "target { kind: 'Sail' } condition { type: 'Hoisted' }";
  const auto with = [](const char* status) {
    return Sail(
        {{"conditions",
          {{{"type", "Hoisted"}, {"status", status}, {"reason", "Wind"}, {"message", "m"}}}}});
  };
  EXPECT_EQ(StateOf(hoisted, with("True")), kReady);
  EXPECT_EQ(Judge({hoisted}, with("False")).reason, "condition Hoisted is False: Wind: m");
  EXPECT_EQ(Judge({hoisted}, Sail()).reason, "no condition Hoisted yet");
  EXPECT_EQ(StateOf("target { kind: 'Sail' } condition { type: 'Hoisted' status: 'False' }",
                    with("False")),
            kReady);
}

TEST(Overrides, ExpressionsAreAskedInTheOrderOfFlux) {
  const std::string rule =
      "target { kind: 'Sail' } expressions { in_progress: \"status.p\" failed: \"status.f\""
      " current: \"status.c\" }";
  const auto verdict = [&](bool progress, bool failed, bool current) {
    return StateOf(rule, Sail({{"p", progress}, {"f", failed}, {"c", current}}));
  };
  EXPECT_EQ(verdict(true, true, true), kWaits);
  EXPECT_EQ(verdict(false, true, true), kFails);
  EXPECT_EQ(verdict(false, false, true), kReady);
  EXPECT_EQ(verdict(false, false, false), kWaits);
}

TEST(Overrides, WhatCannotBeEvaluatedYetIsInProgressAndSaysWhy) {
  const std::string rule =
      "target { kind: 'Sail' } expressions { current: \"status.phase == 'Up'\" }";
  EXPECT_EQ(StateOf(rule, Sail({{"phase", "Up"}})), kReady);
  EXPECT_EQ(Judge({rule}, Sail()).reason,
            "the plan's expression current, column 1: no such key: status");
  EXPECT_EQ(StateOf(rule, Sail({{"phase", 1}})), kWaits);
  EXPECT_THAT(Judge({"target { kind: 'Sail' } expressions { current: \"'true'\" }"}, Sail()).reason,
              HasSubstr("must be true or false"));
}

TEST(Overrides, AnOlderGenerationSaysNothing) {
  const std::string rule = "target { kind: 'Sail' } expressions { current: 'true' failed: 'true' }";
  EXPECT_EQ(StateOf(rule, Sail({{"observedGeneration", 1}})), kWaits);
  EXPECT_EQ(StateOf(rule, Sail({{"observedGeneration", 2}})), kFails);
}

TEST(Overrides, ExpressionsSeeTheObjectAndItsFields) {
  for (const char* expression :
       {"apiVersion == 'sandbox.wheelhouse/v1' && kind == 'Sail'",
        "metadata.name.startsWith('main')", "spec.area == 12", "object.spec == spec",
        "!has(object.status)", "object.?data == optional.none()"})
    EXPECT_EQ(StateOf(std::string("target { kind: 'Sail' } expressions { current: \"") +
                          expression + "\" }",
                      Sail()),
              kReady)
        << expression;
}

}  // namespace
}  // namespace wheelhouse::kube

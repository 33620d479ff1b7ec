#include "server/plan/fields/readiness_check.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace wheelhouse::plan {
namespace {

// `FIELD description` of what is refused.
std::vector<std::string> Refused(const std::string& rule) {
  v1::ChartInfo chart;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString("readiness { " + rule + " }", &chart))
      << rule;
  FieldViolations wrong;
  CheckReadiness(chart, "chart", &wrong);
  std::vector<std::string> texts;
  for (const FieldViolation& one : wrong) texts.push_back(one.field + " " + one.description);
  return texts;
}

using Texts = std::vector<std::string>;

TEST(ReadinessCheck, TakesEachKindOfRule) {
  for (const char* rule :
       {"target { kind: 'A' } ignore {}", "target { name: 'a.*' } exists {}",
        "target { label_selector: 'a=b,!c' } condition { type: 'Up' }",
        "target { group: 'a.b' } expressions { current: 'status.phase == \"Up\"' }",
        "target { kind: 'A' } expressions { current: 'true' failed: 'object.rules.size() == 0'"
        " in_progress: 'has(metadata.deletionTimestamp)' }"})
    EXPECT_EQ(Refused(rule), Texts()) << rule;
}

TEST(ReadinessCheck, NamesWhatIsWrong) {
  EXPECT_EQ(
      Refused("ignore {}"),
      Texts{"chart.readiness[0].target must select objects: set at least one of its fields."});
  EXPECT_EQ(Refused("target { kind: 'A' }"),
            Texts{"chart.readiness[0] must have ignore, exists, condition or expressions."});
  EXPECT_EQ(
      Refused("target { name: '(' } exists {}"),
      Texts{"chart.readiness[0].target.name is not a valid regular expression: missing ): ("});
  EXPECT_EQ(
      Refused("target { label_selector: 'a in b' } exists {}"),
      Texts{
          "chart.readiness[0].target.label_selector is not a valid label selector; expected, say, "
          "`app=web,tier in (a,b),!canary`."});
  EXPECT_EQ(Refused("target { kind: 'A' } condition { status: 'True' }"),
            Texts{"chart.readiness[0].condition.type must name a condition, such as Ready."});
  EXPECT_EQ(Refused("target { kind: 'A' } expressions { failed: 'status.x ==' }"),
            (Texts{"chart.readiness[0].expressions.current must say when the object is ready.",
                   "chart.readiness[0].expressions.failed column 12: expected a value, found the "
                   "end"}));
  EXPECT_EQ(
      Refused("target { kind: 'A' } expressions { current: 'true' in_progress: 'payload.a' }"),
      Texts{"chart.readiness[0].expressions.in_progress column 1: `payload` is unknown; known "
            "are apiVersion, kind, metadata, spec, status, data, object"});
}

}  // namespace
}  // namespace wheelhouse::plan

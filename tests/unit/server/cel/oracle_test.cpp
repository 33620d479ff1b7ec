// Our expressions against cel-go, by tests/oracle/cel.
#include <absl/strings/match.h>
#include <absl/strings/str_replace.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/context.h"
#include "common/status_macros.h"
#include "server/cel/evaluator.h"
#include "server/cel/expression.h"
#include "tests/unit/fakes/command_output.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/cel/random_expressions.h"
#include "tests/unit/server/cel/values_text.h"

namespace wheelhouse::cel {
namespace {

const Json& Variables() {
  static const auto* const variables = new Json(Json::parse(R"({
    "m": {"one": 1, "pi": 3.25, "word": "abc", "yes": true, "nil": null, "deep": {"x": {"y": -7}},
          "list": [1, "a", null, [2], {"k": "v"}], "when": "2024-02-28T23:00:00-07:00",
          "app.kubernetes.io/name": "web", "big": 12345678901234567890, "whole": 1.0},
    "l": [3, 1, 2, 1.0, "x", "été"],
    "name": "web-été",
    "count": 42,
    "yes": true,
    "metadata": {"name": "db", "generation": 3, "labels": {"a": "b"}},
    "status": {"observedGeneration": 3, "phase": "Running", "ratio": 0.5,
               "conditions": [{"type": "Ready", "status": "True", "reason": "Up"},
                              {"type": "Stalled", "status": "False"},
                              {"type": "Degraded"}]}
  })"));
  return *variables;
}

absl::StatusOr<std::string> Ours(const std::string& source) {
  std::vector<std::string> names;
  Activation activation;
  for (const auto& [name, value] : Variables().items()) {
    names.push_back(name);
    activation.Set(name, value);
  }
  ASSIGN_OR_RETURN(const Expression expression, Expression::Parse(source, names));
  const Context context = Context::Background();
  Evaluation evaluation(context, Limits{});
  ASSIGN_OR_RETURN(const Value value,
                   Evaluator(evaluation, activation).Evaluate(expression.root()));
  return ValueText(value);
}

// How many of the expressions have a value.
size_t ExpectAsCelGo(const std::vector<std::string>& expressions) {
  const TestFolder folder;
  const std::string input = folder.Write(
      "cases.json", Json({{"variables", Variables()}, {"expressions", expressions}}).dump());
  const Json answers =
      Json::parse(Output({WHEELHOUSE_TESTS "/oracle/cel/run"}, false, input), nullptr, false);
  EXPECT_EQ(answers.size(), expressions.size()) << "tests/oracle/cel/run does not run";
  size_t values = 0;
  for (size_t i = 0; i < answers.size() && i < expressions.size(); ++i) {
    const auto ours = Ours(expressions[i]);
    // CEL has four types of keys. cel-go takes what Go does.
    if (absl::StrContains(std::string(ours.status().message()), "a map's key cannot be")) continue;
    EXPECT_EQ(ours.value_or("an error"), answers[i].value("value", "an error"))
        << expressions[i] << "\nhere " << ours.status() << "\nby cel-go " << answers[i];
    if (answers[i].contains("error") && !ours.ok()) {
      const std::string error = answers[i]["error"];
      EXPECT_EQ(absl::IsNotFound(ours.status()),
                absl::StrContains(error, "no such key") ||
                    absl::StrContains(error, "optional.none() dereference"))
          << expressions[i] << "\nhere " << ours.status() << "\nby cel-go " << error;
    }
    values += ours.ok() ? 1 : 0;
  }
  return values;
}

// Each file of expressions/: an array of expressions, by subject.
class OracleBySubject : public testing::TestWithParam<const char*> {};

TEST_P(OracleBySubject, ExpressionsAreCelGos) {
  std::ifstream file(
      absl::StrCat(WHEELHOUSE_TESTS "/unit/server/cel/expressions/", GetParam(), ".json"));
  const Json expressions = Json::parse(file, nullptr, false);
  ASSERT_TRUE(expressions.is_array() && !expressions.empty()) << GetParam();
  ExpectAsCelGo(expressions.get<std::vector<std::string>>());
}

INSTANTIATE_TEST_SUITE_P(All, OracleBySubject,
                         testing::Values("literals", "operators", "fields", "macros", "functions",
                                         "string_functions"),
                         [](const auto& subject) { return std::string(subject.param); });

TEST(Oracle, TimesAreCelGos) {
  std::vector<std::string> expressions;
  for (const char* text : {"2024-02-29T23:59:59Z",
                           "2023-02-29T00:00:00Z",
                           "2024-01-01T00:00:00.5Z",
                           "2024-01-01T00:00:00.123456789123Z",
                           "2024-01-01T00:00:00.Z",
                           "2024-01-01T00:00:00+02:00",
                           "2024-01-01T00:00:00-23:59",
                           "2024-01-01T00:00:00+00:00",
                           "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z",
                           "2024-01-01T00:00:60Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-00T00:00:00Z",
                           "2024-01-01 00:00:00Z",
                           "2024-01-01",
                           "0001-01-01T00:00:00Z",
                           "0000-12-31T23:59:59Z",
                           "9999-12-31T23:59:59.999999999Z",
                           "9999-12-31T23:59:59-00:01",
                           "2024-01-01T00:00:00",
                           "2024-01-01T00:00:00z",
                           "24-01-01T00:00:00Z",
                           "",
                           "x"}) {
    for (const char* use : {"timestamp('$')", "string(timestamp('$'))", "int(timestamp('$'))"})
      expressions.push_back(absl::StrReplaceAll(use, {{"$", text}}));
  }
  for (const char* text : {"0",
                           "1s",
                           "-1s",
                           "+1s",
                           "1.5s",
                           "1h2m3s4ms5us6ns",
                           "1µs",
                           "1μs",
                           ".5s",
                           "1.s",
                           ".s",
                           "1",
                           "",
                           "s",
                           "1x",
                           "1h ",
                           "-",
                           "2562047h47m16.854775807s",
                           "2562047h47m16.854775808s",
                           "-2562047h47m16.854775808s",
                           "1h1h",
                           "0.000000001s",
                           "0.0000000001s",
                           "9223372036854775807ns",
                           "9223372036854775808ns",
                           "1e3s",
                           "--1s",
                           "100000000000000000000s",
                           "1.00000000000000000000001s"}) {
    for (const char* use : {"duration('$')", "string(duration('$'))", "int(duration('$'))"})
      expressions.push_back(absl::StrReplaceAll(use, {{"$", text}}));
  }
  for (const char* get :
       {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfYear", "getDayOfWeek",
        "getHours", "getMinutes", "getSeconds", "getMilliseconds"}) {
    for (const char* zone :
         {"", "'UTC'", "'Europe/Paris'", "'America/New_York'", "'+05:30'", "'-03:30'", "'02:00'",
          "'Nowhere/At_All'", "''", "'/etc/localtime'", "'x:y'", "1"}) {
      expressions.push_back(
          absl::StrCat("timestamp('2024-02-29T22:45:13.987+01:00').", get, "(", zone, ")"));
    }
    expressions.push_back(absl::StrCat("duration('-90061.5s').", get, "()"));
    expressions.push_back(absl::StrCat("duration('2562047h47m16.854775807s').", get, "()"));
    expressions.push_back(absl::StrCat("timestamp('0001-01-01T00:00:00Z').", get, "()"));
  }
  for (const char* sum : {"timestamp('2024-01-01T00:00:00.5Z') + duration('-0.7s')",
                          "timestamp('2024-01-01T00:00:00Z') - timestamp('2023-01-01T00:00:00Z')",
                          "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
                          "timestamp('0001-01-01T00:00:00Z') - duration('1ns')",
                          "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')",
                          "timestamp(253402300800)",
                          "timestamp(-62135596801)",
                          "timestamp(-62135596800)",
                          "duration('2562047h') + duration('2562047h')",
                          "duration('1s') - timestamp(0)",
                          "timestamp(0) + timestamp(0)",
                          "timestamp(0) + 1",
                          "duration('1s') * 2",
                          "-duration('-2562047h47m16.854775808s')",
                          "timestamp(1) == timestamp('1970-01-01T01:00:01+01:00')",
                          "timestamp(1u)",
                          "timestamp(1.0)",
                          "duration(1)",
                          "timestamp(timestamp(1))",
                          "timestamp(0) - duration('-2562047h47m16.854775808s')"})
    expressions.push_back(sum);
  ExpectAsCelGo(expressions);
}

TEST(Oracle, SixThousandRandomExpressionsAreCelGos) {
  RandomExpressions random(20240531);
  std::vector<std::string> expressions;
  while (expressions.size() < 6000) expressions.push_back(random.Next());
  EXPECT_GT(ExpectAsCelGo(expressions), 2500u) << "most random expressions fail: they test little";
}

}  // namespace
}  // namespace wheelhouse::cel

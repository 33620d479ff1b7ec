// What an expression promises besides its value: where its errors are, its bounds, and that its
// messages hold no values.
#include "server/cel/expression.h"

#include <absl/strings/match.h>
#include <absl/strings/str_join.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/status_macros.h"

namespace wheelhouse::cel {
namespace {

const std::vector<std::string> kNames = {"status", "spec", "list"};

std::string ParseError(const std::string& source) {
  return std::string(Expression::Parse(source, kNames).status().message());
}

absl::StatusOr<Json> Evaluate(const std::string& source, const Json& status = Json::object(),
                              const Limits& limits = {},
                              const Context& context = Context::Background()) {
  ASSIGN_OR_RETURN(const Expression expression, Expression::Parse(source, kNames));
  Activation activation;
  activation.Set("status", status);
  return expression.Evaluate(context, activation, limits);
}

std::string Repeated(const std::string& text, int times, const std::string& between = "") {
  return absl::StrJoin(std::vector<std::string>(static_cast<size_t>(times), text), between);
}

TEST(Expression, ParseErrorsSayWhereAndWhatIsExpected) {
  EXPECT_EQ(ParseError("status.phase == "), "column 17: expected a value, found the end");
  EXPECT_EQ(ParseError("(status.phase"), "column 14: expected `)`, found the end");
  EXPECT_EQ(ParseError("status.phase = 'x'"),
            "column 14: `=` is not an operator; did you mean `==`?");
  EXPECT_EQ(ParseError("'été' == 'x"),
            "column 10: this text does not end: its closing quote is missing");
  EXPECT_EQ(ParseError("true &&\n  stauts.x"),
            "line 2, column 3: `stauts` is unknown; did you mean `status`? known are status, spec, "
            "list");
  EXPECT_EQ(ParseError("list.all(spec.x, true)"),
            "column 10: all() begins with a variable's name: `list.all(x, x > 0)`");
  EXPECT_EQ(ParseError("list.all(x)"),
            "column 10: all() begins with a variable's name: `list.all(x, x > 0)`");
  EXPECT_EQ(ParseError("list.all(x, x, x)"),
            "column 6: all() takes a variable and one expression: `list.all(x, x > 0)`");
  EXPECT_EQ(ParseError("has(status)"), "column 1: has() takes one field: `has(status.phase)`");
  EXPECT_EQ(ParseError("starts('a')"), "column 1: there is no function `starts`");
  EXPECT_EQ(ParseError("'a'.split()"),
            "column 5: `split` is called as _.split(_) or _.split(_, _)");
  EXPECT_EQ(ParseError("status.phase.matches('(')"),
            "column 22: is no pattern of RE2: missing ): (");
  EXPECT_EQ(ParseError("'\\d'"),
            "column 1: `\\d` begins no escape; a backslash is `\\\\`, or write r'...', in which it "
            "means itself");
  EXPECT_EQ(ParseError("namespace == 'a'"), "column 1: `namespace` is reserved by the language");
  EXPECT_EQ(ParseError("Foo{}"),
            "column 1: messages are not supported; a map is written {'key': value}");
  EXPECT_EQ(ParseError(" "), "is empty; `true` always holds");
  EXPECT_EQ(ParseError("'\xff'"), "is not UTF-8 text");
}

TEST(Expression, IsBoundedInSize) {
  EXPECT_TRUE(
      absl::StrContains(ParseError(std::string(20000, ' ') + "true"), "longer than 16 KiB"));
  EXPECT_TRUE(absl::StrContains(ParseError(Repeated("(", 8000)), "nested too deeply"));
  EXPECT_TRUE(absl::StrContains(ParseError(Repeated("[", 8000)), "nested too deeply"));
  EXPECT_TRUE(absl::StrContains(ParseError(Repeated("true ? true : ", 1000) + "true"), "deeply"));
  EXPECT_TRUE(absl::StrContains(ParseError(Repeated("1", 200, "+")), "nested too deeply"));
  EXPECT_TRUE(absl::StrContains(ParseError("list" + Repeated(".a", 200)), "nested too deeply"));
  EXPECT_TRUE(
      absl::StrContains(ParseError("[" + Repeated("1", 6000, ",") + "]"), "too many parts"));
  EXPECT_EQ(Evaluate(Repeated("true", 1000, "&&")).value_or(Json()), Json(true));
  EXPECT_EQ(Evaluate(Repeated("!", 10000) + "true").value_or(Json()), Json(true));
}

TEST(Expression, IsBoundedInTimeWhateverItDoes) {
  const Json status = {{"long", std::string(100'000, 'a')}, {"items", Json::array()}};
  const std::string ten = "[0,1,2,3,4,5,6,7,8,9]";
  std::string nested = "true";
  for (int i = 0; i < 12; ++i) nested = ten + ".all(x" + std::to_string(i) + ", " + nested + ")";
  const Limits limits{.cost = 20'000, .bytes = size_t{1} << 20};
  for (const std::string& source : std::vector<std::string>{
           nested, nested + " || true", "true && " + nested,
           Repeated("status.long == status.long", 9, "&&"),
           Repeated("status.long.contains(status.long)", 9, "&&"),
           Repeated("status.long.matches('(a*)*b')", 5, "||"),
           Repeated("status.long.lastIndexOf('aaaaaaaaaab') > 0", 9, "||"),
           "status.long.split('').size() > 0 && status.long.reverse().upperAscii() == 'x'"}) {
    const auto result = Evaluate(source, status, limits);
    EXPECT_TRUE(absl::IsResourceExhausted(result.status())) << source << result.status();
  }
}

TEST(Expression, IsBoundedInMemoryWhateverItMakes) {
  const Json status = {{"long", std::string(100'000, 'a')}};
  const Limits limits{.cost = uint64_t{1} << 40, .bytes = 1'000'000};
  for (const std::string& source : std::vector<std::string>{
           Repeated("status.long", 50, "+"), "[" + Repeated("status.long", 50, ",") + "].join('')",
           std::string("status.long.replace('', status.long)"),
           std::string("status.long.split('')"), "[" + Repeated("status", 50, ",") + "]",
           "[1,2,3,4,5,6,7,8,9].map(x, [1,2,3,4,5,6,7,8,9].map(y, status.long + 'x'))"}) {
    const auto result = Evaluate(source, status, limits);
    EXPECT_TRUE(absl::IsResourceExhausted(result.status())) << source << result.status();
  }
}

TEST(Expression, EndsWithItsContext) {
  const Context context = Context::Background().WithCancel();
  context.Cancel(absl::CancelledError("the run was cancelled"));
  const auto result = Evaluate("true || false", {}, {}, context);
  EXPECT_EQ(result.status(), absl::CancelledError("the run was cancelled"));
}

TEST(Expression, ErrorsSayWhereButNotWhatWasRead) {
  const Json status = {{"secret", "hunter2"}, {"list", {"hunter2"}}, {"map", {{"a", "hunter2"}}}};
  for (const char* source :
       {"int(status.secret)", "status.map[status.secret]", "status.secret + 1", "status.secret.x",
        "timestamp(status.secret)", "duration(status.secret)", "double(status.secret)",
        "bool(status.secret)", "'a'.matches(status.secret + '(')", "status.list[1]",
        "[1].map(x, status.map[status.list[0]])", "status.list.join(1)", "status.secret > 1",
        "status.secret ? 1 : 2", "timestamp(0).getHours(status.secret)", "{[status.secret]: 1}",
        "status.secret.charAt(100)", "status.list.all(x, x)"}) {
    const absl::Status error = Evaluate(source, status).status();
    ASSERT_FALSE(error.ok()) << source;
    EXPECT_TRUE(absl::StartsWith(std::string(error.message()), "column ")) << source << error;
    EXPECT_FALSE(absl::StrContains(std::string(error.message()), "hunter2")) << source << error;
  }
  EXPECT_EQ(Evaluate("1 == 1 &&\n status.none.x", status).status(),
            absl::NotFoundError("line 2, column 9: no such key: none"));
  EXPECT_EQ(Evaluate("spec.x").status(), absl::NotFoundError("column 1: no such key: spec"));
}

TEST(Expression, ResultsBecomeJson) {
  const auto result = Evaluate(
      "{'n': null, 'b': true, 'i': -1, 'u': 1u, 'd': 1.5, 's': 'x', 'y': b'xyz', 'l': [1, [2]],"
      " 't': timestamp('2024-01-01T00:00:00Z'), 'r': duration('90s'), 'k': int, 'o': status.?none,"
      " 'p': optional.of(1), 'm': status, 1: 2, true: 3}",
      {{"a", {1, 2}}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, Json::parse(R"({"n": null, "b": true, "i": -1, "u": 1, "d": 1.5, "s": "x",
      "y": "eHl6", "l": [1, [2]], "t": "2024-01-01T00:00:00Z", "r": "90s", "k": "int", "o": null,
      "p": 1, "m": {"a": [1, 2]}, "1": 2, "true": 3})"));
}

TEST(Expression, ConditionsAreBools) {
  const auto holds = [](const char* source) {
    return Expression::Parse(source, kNames)->Holds(Context::Background(), Activation());
  };
  EXPECT_TRUE(*holds("1 < 2"));
  EXPECT_FALSE(*holds("1 > 2"));
  EXPECT_EQ(
      holds("'true'").status(),
      absl::InvalidArgumentError("the expression must be true or false, but is of type string"));
}

TEST(Expression, IsEvaluatedByManyThreads) {
  const auto expression =
      Expression::Parse("status.items.filter(x, x.matches('^a+$')).size() == 2", kNames);
  const Json status = {{"items", {"a", "b", "aa"}}};
  std::vector<std::thread> threads;
  std::atomic<int> held = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Activation activation;
      activation.Set("status", status);
      for (int j = 0; j < 100; ++j) {
        const auto holds = expression->Holds(Context::Background(), activation);
        held += holds.ok() && *holds ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(held, 400);
}

}  // namespace
}  // namespace wheelhouse::cel

// Our --set grammar against helm's own code, by tests/oracle.
#include "common/formats/set_grammar.h"

#include <gtest/gtest.h>

#include <random>

#include "common/failure.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

using Json = nlohmann::json;

struct Case {
  std::vector<std::pair<std::string, std::string>> pairs;
  bool strings = false;
};

// What the pairs make here; null when one is refused.
Json Ours(const Case& asked) {
  SetDocument document(asked.strings);
  for (const auto& [key, value] : asked.pairs) {
    if (!document.Merge(key, value).ok()) return nullptr;
  }
  return document.json();
}

void ExpectAsHelm(const std::vector<Case>& cases) {
  Json asked = Json::array();
  for (const Case& one : cases) asked.push_back({{"pairs", one.pairs}, {"strings", one.strings}});
  const TestFolder folder;
  const std::string input = folder.Write("cases.json", asked.dump());
  const Json answers =
      Json::parse(Output({WHEELHOUSE_TESTS "/oracle/strvals"}, false, input), nullptr, false);
  ASSERT_EQ(answers.size(), cases.size()) << "tests/oracle/strvals does not run";
  for (size_t i = 0; i < cases.size(); ++i) {
    const Json helms = answers[i].contains("values") ? answers[i]["values"] : Json();
    EXPECT_EQ(Ours(cases[i]), helms) << asked[i] << " is by helm " << answers[i];
  }
}

TEST(SetGrammar, IsHelmsForWhatPeopleWrite) {
  std::vector<Case> cases;
  for (const char* value : {"",
                            "x",
                            "1",
                            "0",
                            "-1",
                            "+5",
                            "-0",
                            "007",
                            "-05",
                            "1.5",
                            "1e3",
                            "1_0",
                            "0x10",
                            " 1",
                            "1 ",
                            "-",
                            "+",
                            "+-1",
                            "true",
                            "TRUE",
                            "False",
                            "null",
                            "Null",
                            "~",
                            "yes",
                            "a,b",
                            "a=b",
                            "a:b",
                            "a\\,b",
                            "\\true",
                            "a\\\\b",
                            "a\\",
                            "\\",
                            "\\{a}",
                            "a{b}",
                            "{}",
                            "{a}",
                            "{,}",
                            "{a,}",
                            "{1,true,null}",
                            "{a b}",
                            "{a",
                            "{a}b",
                            "{a},b",
                            "{a\\}",
                            "{{a}",
                            "{{a}}",
                            "{a\\,b,c}",
                            "{007,+1}",
                            "9223372036854775807",
                            "9223372036854775808",
                            "-9223372036854775808",
                            "é",
                            "\"x\"",
                            "[1]"}) {
    for (const char* key : {"k", "a.b", "l[0]", "l[1].c", "l[0][1]"}) {
      cases.push_back({{{key, value}}, false});
      cases.push_back({{{key, value}}, true});
    }
  }
  ExpectAsHelm(cases);
}

TEST(SetGrammar, IsHelmsForKeys) {
  std::vector<Case> cases;
  for (const char* key : {"a\\.b",
                          "a\\,b",
                          "a\\=b",
                          "a\\[0]",
                          "a,b",
                          "a=b",
                          "a]",
                          "a b",
                          "a.b.c",
                          "a..b",
                          ".a",
                          "a.",
                          "",
                          "[0]",
                          "a[]",
                          "a[0",
                          "a[-1]",
                          "a[+1]",
                          "a[01]",
                          "a[x]",
                          "a[ 1]",
                          "a[\\1]",
                          "a[65536]",
                          "a[65537]",
                          "a[0]b",
                          "a[0],b",
                          "a[0]=b",
                          "a[0]]",
                          "a[0].",
                          "a[0]..b",
                          "a[70000].b",
                          "a\\",
                          "a[0]\\",
                          "é.\\é.-",
                          "--a",
                          "a[0][",
                          "{a}",
                          "a\n",
                          "a[1].b.c[2]",
                          "a[0\\]",
                          "a[99999999999999999999]"}) {
    for (const char* value : {"1", "", "{x}"}) cases.push_back({{{key, value}}, false});
  }
  for (const int levels : {30, 31}) {  // dots after names are counted, others are not
    std::string plain = "a", lists = "a[0]";
    for (int i = 0; i < levels; ++i) plain += ".a", lists += ".a[0]";
    cases.push_back({{{plain, "1"}}, false});
    cases.push_back({{{lists, "1"}}, false});
  }
  ExpectAsHelm(cases);
}

TEST(SetGrammar, IsHelmsForPairsThatMeet) {
  std::vector<Case> cases;
  const std::vector<std::pair<std::string, std::string>> first = {
      {"a", "1"},    {"a", "null"}, {"a", "{x,1}"},  {"a", ""},           {"a.b", "1"},
      {"a[0]", "1"}, {"a[1]", "x"}, {"a[0].b", "1"}, {"a[0][0]", "null"}, {"a.b[2]", "1"}};
  for (const auto& one : first) {
    for (const char* key :
         {"a", "a.b", "a.c", "a[0]", "a[1]", "a[0].b", "a[3].b", "a[0][2]", "a.b[0]"}) {
      for (const char* value : {"2", "", "{}", "null"})
        cases.push_back({{one, {key, value}}, false});
    }
  }
  ExpectAsHelm(cases);
}

// Seeded: the same cases on every run.
class Generator {
 public:
  Case Next() {
    Case one;
    one.strings = Below(4) == 0;
    for (size_t count = 1 + Below(3); count > 0; --count)
      one.pairs.emplace_back(Below(4) == 0 ? Wild() : Tame(), Value());
    return one;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  std::string OneOf(const std::vector<std::string>& words) { return words[Below(words.size())]; }
  std::string Name() { return OneOf({"a", "b", "a\\.b", "a\\,", "\\[", "x\\=y", "]"}); }
  std::string Tame() {
    std::string key = Name();
    for (size_t count = Below(4); count > 0; --count)
      key += Below(2) == 0 ? "." + Name() : OneOf({"[0]", "[1]", "[+2]", "[3]"});
    return key;
  }
  std::string Wild() {
    std::string key;
    for (size_t count = Below(6); count > 0; --count)
      key += OneOf({"a", "b", ".", "[", "]", "[0]", "[1]", "[-1]", "0", "=", ",", "\\", "{", "}"});
    return key;
  }
  std::string Value() {
    std::string value = Below(3) == 0 ? "{" : "";
    for (size_t count = Below(5); count > 0; --count) {
      value += OneOf({"0", "1", "-", "+", "x", "true", "NULL", ",", "\\", "{", "}", "=", " ", "["});
    }
    return value + (Below(3) == 0 ? "}" : "");
  }
  std::mt19937 random_{20240531};
};

TEST(SetGrammar, IsHelmsForSixThousandRandomCases) {
  Generator generator;
  std::vector<Case> cases;
  while (cases.size() < 6000) cases.push_back(generator.Next());
  size_t taken = 0;
  for (const Case& one : cases) taken += Ours(one).is_null() ? 0 : 1;
  EXPECT_GT(taken, 1500u) << "most random cases are refused: they test little";
  ExpectAsHelm(cases);
}

TEST(SetGrammar, BoundsWhatShortKeysAskFor) {
  EXPECT_EQ(Ours({{{"a[65536]", "x"}}, false})["a"].size(), 65537u);
  std::string nested = "a";
  for (int i = 0; i < 20; ++i) nested += "[65536]";
  EXPECT_TRUE(Ours({{{nested, "x"}}, false}).is_null());

  Case many;
  for (int i = 0; i < 20; ++i) many.pairs.emplace_back("a" + std::to_string(i) + "[65536]", "x");
  EXPECT_TRUE(Ours(many).is_null());

  std::string deep = "a";
  for (int i = 0; i < 101; ++i) deep += "[0]";
  EXPECT_TRUE(Ours({{{deep, "x"}}, false}).is_null());
  EXPECT_TRUE(Ours({{{std::string(1023, 'a'), "x"}}, false}).is_null());
  EXPECT_TRUE(Ours({{{std::string("a\0b", 3), "x"}}, false}).is_null());
  EXPECT_TRUE(Ours({{{"a", std::string("x\0", 2)}}, false}).is_null());
}

TEST(SetGrammar, NamesTheKeyAndNeverTheValue) {
  const absl::Status status = SetDocument(false).Merge("a.b", "{s3cret");
  ASSERT_TRUE(HasReason(status, Reason::kValuesInvalid)) << status;
  EXPECT_NE(status.message().find("a.b"), std::string::npos);
  EXPECT_EQ(status.message().find("s3cret"), std::string::npos);
}

TEST(SetGrammar, WritesAPathSoThatItIsReadBack) {
  for (const char* key : {"a", "a.b\\.c[0][12].d", "\\[\\]\\=\\,\\\\", "a[3]", "--a.-b"}) {
    const auto path = ParseSetKey(key);
    ASSERT_TRUE(path.ok()) << path.status();
    const auto again = ParseSetKey(SetKey(*path));
    ASSERT_TRUE(again.ok()) << SetKey(*path);
    EXPECT_EQ(SetKey(*again), SetKey(*path));
    ASSERT_EQ(again->size(), path->size());
    for (size_t i = 0; i < path->size(); ++i) EXPECT_EQ((*again)[i].name, (*path)[i].name);
  }
}

}  // namespace
}  // namespace wheelhouse::helm

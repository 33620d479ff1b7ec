#include "common/formats/label_selector.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

const nlohmann::json kObject = {
    {"metadata", {{"labels", {{"app", "web"}, {"tier", "a"}, {"app.kubernetes.io/name", "x"}}}}}};

bool Selects(const std::string& text, const nlohmann::json& object = kObject) {
  const auto selector = LabelSelector::Parse(text);
  EXPECT_TRUE(selector.has_value()) << text;
  return selector.has_value() && selector->Matches(object);
}

TEST(LabelSelector, EveryRequirementHasToHold) {
  for (const char* text :
       {"", " ", "app", "app=web", "app==web", " app = web ", "app!=db", "none!=x", "!none",
        "tier in (a,b)", "tier in ( b , a )", "tier notin (b, c)", "none notin (b)",
        "app.kubernetes.io/name=x", "app=web,tier in (a,b),!none,app", "app=web, tier!=b"})
    EXPECT_TRUE(Selects(text)) << text;
  for (const char* text : {"none", "app=db", "app!=web", "!app", "tier in (b)", "tier notin (a,b)",
                           "app=web,tier=b", "app=", "none=x", "none in (x)"})
    EXPECT_FALSE(Selects(text)) << text;
}

TEST(LabelSelector, AnObjectWithoutLabelsHasNone) {
  EXPECT_TRUE(Selects("", nlohmann::json::object()));
  EXPECT_TRUE(Selects("!app", nlohmann::json::object()));
  EXPECT_FALSE(Selects("app", nlohmann::json::object()));
  EXPECT_FALSE(Selects("app", {{"metadata", {{"labels", "none"}}}}));
}

TEST(LabelSelector, OtherTextsAreNone) {
  for (const char* text : {"=", "=a", "a=b=c", "a in b", "a in (b", "a in b)", "a notin", "a b",
                           "a,,b", ",", "a>1", "a in (b),", "!", "!a=b", "a=b c", "(a)"})
    EXPECT_FALSE(LabelSelector::Parse(text).has_value()) << text;
}

}  // namespace
}  // namespace wheelhouse

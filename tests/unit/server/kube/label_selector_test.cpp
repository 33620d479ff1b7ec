#include "server/kube/label_selector.h"

#include <gtest/gtest.h>

namespace wheelhouse::kube {
namespace {

bool Selects(const std::string& selector, const Json& labels) {
  const auto parsed = LabelSelector::Parse(selector);
  EXPECT_TRUE(parsed.has_value()) << selector;
  return parsed.has_value() && parsed->Matches({{"metadata", {{"labels", labels}}}});
}

TEST(LabelSelectorTest, EachRequirementHasToHold) {
  const Json labels = {{"app", "web"}, {"tier", "front"}, {"empty", ""}};
  for (const char* selector :
       {"", "app=web", "app==web", "app = web, tier=front", "app", "app in (db, web)",
        "app in (web),tier in (front,back)", "empty=", "empty"}) {
    EXPECT_TRUE(Selects(selector, labels)) << selector;
  }
  for (const char* selector :
       {"app=db", "app=web,tier=back", "absent", "app in (db,cache)", "empty=web", "absent="}) {
    EXPECT_FALSE(Selects(selector, labels)) << selector;
  }
}

TEST(LabelSelectorTest, AnObjectWithoutLabelsIsSelectedByNothingButAnEmptyOne) {
  EXPECT_TRUE(LabelSelector::Parse("")->Matches(Json::object()));
  EXPECT_FALSE(LabelSelector::Parse("app")->Matches(Json::object()));
  EXPECT_FALSE(LabelSelector::Parse("app")->Matches({{"metadata", {{"labels", "none"}}}}));
}

TEST(LabelSelectorTest, WhatItDoesNotKnowItRefuses) {
  for (const char* selector : {"app!=web", "!app", "app notin (web)", "app in web", ",", "=web"})
    EXPECT_FALSE(LabelSelector::Parse(selector).has_value()) << selector;
}

}  // namespace
}  // namespace wheelhouse::kube

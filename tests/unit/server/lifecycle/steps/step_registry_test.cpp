#include "server/lifecycle/steps/callers/step_registry.h"

#include <gtest/gtest.h>

#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::lifecycle {
namespace {

TEST(CallerSteps, AreThoseOfTheLanguageOfPlans) {
  EXPECT_EQ(CallerSteps().size(), plan::StepKinds().size());
  for (const plan::StepKind& kind : plan::StepKinds()) {
    const auto made = std::ranges::find(CallerSteps(), kind.which, &CallerStep::which);
    ASSERT_NE(made, CallerSteps().end()) << kind.name;
    EXPECT_STREQ((*made)->traits->kind, kind.name);
    EXPECT_EQ((*made)->traits->read_only, kind.read_only) << kind.name;
  }
}

TEST(CallerSteps, AreEveryKindThatTheMessageHas) {
  const auto* kinds = v1::Step::descriptor()->FindOneofByName("kind");
  EXPECT_EQ(static_cast<size_t>(kinds->field_count()), CallerSteps().size());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

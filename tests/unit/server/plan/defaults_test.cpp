#include "server/plan/defaults.h"

#include <gtest/gtest.h>

namespace wheelhouse::plan {
namespace {

TEST(When, UnsetActionsMeanDeploy) {
  v1::When when;
  EXPECT_TRUE(CoversAction(when, v1::ACTION_DEPLOY));
  EXPECT_FALSE(CoversAction(when, v1::ACTION_DESTROY));
  EXPECT_FALSE(CoversAction(when, v1::ACTION_ROLLBACK));
  when.add_actions(v1::STEP_ACTION_DESTROY);
  EXPECT_FALSE(CoversAction(when, v1::ACTION_DEPLOY));
  EXPECT_TRUE(CoversAction(when, v1::ACTION_DESTROY));
}

}  // namespace
}  // namespace wheelhouse::plan

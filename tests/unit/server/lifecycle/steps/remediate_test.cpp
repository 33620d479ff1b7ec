// What the daemon finds that takes up a remediation: has it been done?
#include <gtest/gtest.h>

#include "server/lifecycle/steps/defaults/default_steps.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

class InterruptedRemediation : public testing::Test {
 protected:
  // A first install over a history, whose revision 6 was made, and is gone.
  InterruptedRemediation() {
    around_.known().trail.set_intended_revision(6);
    around_.known().trail.set_made_revision(6);
  }
  void Stands(int revision, const std::string& status) {
    around_.kube.PutRecord("shop", "web", revision, status, {}, "");
  }
  bool AlreadyDone() {
    const auto done = MakeRemediateStep()->WasDone(around_.work, around_.chart(), around_.known());
    EXPECT_TRUE(done.ok()) << done.status();
    return done.value_or(false);
  }

  Surroundings around_;
};

TEST_F(InterruptedRemediation, AReleaseThatIsGoneIsUninstalled) { EXPECT_TRUE(AlreadyDone()); }

TEST_F(InterruptedRemediation, AHistoryThatIsKeptIsUninstalled) {
  Stands(5, "superseded");
  Stands(6, "uninstalled");
  EXPECT_TRUE(AlreadyDone());
}

// Found by tests/faults/soak: helm upgrade was killed before it made the record anew, and then
// helm uninstall, which had begun with revision 5.
TEST_F(InterruptedRemediation, AnUninstallThatWasKilledIsNotDoneThoughNoRevisionOfOursIsLeft) {
  Stands(4, "superseded");
  Stands(5, "uninstalling");
  EXPECT_FALSE(AlreadyDone());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

#include "server/lifecycle/core/left_changed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LeftChangedTest : public testing::Test {
 protected:
  std::vector<std::string> All() const {
    std::vector<std::string> all;
    for (const Trail::Change& one : trail_.left_changed())
      all.push_back(absl::StrCat(one.reported().kind(), " ", one.reported().name(), " ",
                                 one.reported().change()));
    return all;
  }
  const kube::ObjectId a_ = IdOf("ConfigMap", "shop", "a"), b_ = IdOf("ConfigMap", "shop", "b");
  Trail trail_;
  FakeKube kube_;
};

TEST_F(LeftChangedTest, TheChangesOfAnObjectAddUp) {
  NoteChange(trail_, a_, "applied");
  NoteChange(trail_, b_, kCreated);
  NoteChange(trail_, IdOf("Namespace", "", "shop"), "labelled");
  NoteChange(trail_, a_, "applied");
  NoteChange(trail_, a_, "patched");
  NoteChange(trail_, b_, "patched");
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a applied, patched", "ConfigMap shop/b created",
                                 "Namespace shop labelled"));
}

TEST_F(LeftChangedTest, WhatWasCreatedAndDeletedIsNotChanged) {
  NoteChange(trail_, a_, kCreated);
  NoteChange(trail_, a_, kDeleted);
  EXPECT_THAT(All(), IsEmpty());
  NoteChange(trail_, a_, kDeleted);
  NoteChange(trail_, a_, kCreated);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a replaced"));
}

TEST_F(LeftChangedTest, TheAnswerSaysWhetherItWasChanged) {
  EXPECT_TRUE(NoteChange(trail_, a_, "applied", absl::OkStatus()).ok());
  const absl::Status refused = MakeFailure(Reason::kApplyRejected, "no");
  EXPECT_EQ(NoteChange(trail_, b_, "applied", refused), refused);
  (void)NoteChange(trail_, IdOf("Secret", "shop", "c"), "applied",
                   MakeFailure(Reason::kClusterUnreachable, "away"));
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a applied", "Secret shop/c perhaps applied"));
}

TEST_F(LeftChangedTest, WhatIsUndoneByNowIsForgotten) {
  kube_.Put(a_, kube::Json::object());
  NoteChange(trail_, a_, kCreated);
  NoteChange(trail_, b_, kCreated);
  ForgetUndone(Context::Background(), kube_, trail_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created")) << "b is gone";
  NoteChange(trail_, b_, kDeleted);
  kube_.Put(b_, kube::Json::object());
  ForgetUndone(Context::Background(), kube_, trail_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created")) << "b is back";
}

TEST_F(LeftChangedTest, WhatCannotBeLookedAtStays) {
  NoteChange(trail_, a_, kCreated);
  NoteChange(trail_, "command", "post_exec/tell", "ran tell");
  kube_.FailNext("get ConfigMap shop/a", MakeFailure(Reason::kClusterUnreachable, "away"));
  ForgetUndone(Context::Background(), kube_, trail_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created", "command post_exec/tell ran tell"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

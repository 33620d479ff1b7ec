#include "server/lifecycle/core/left_changed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/lifecycle/fakes.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LeftChangedTest : public testing::Test {
 protected:
  std::vector<std::string> All() const {
    std::vector<std::string> all;
    for (const auto& [object, one] : left_.all())
      all.push_back(absl::StrCat(one.kind(), " ", one.name(), " ", one.change()));
    return all;
  }
  const kube::ObjectId a_ = IdOf("ConfigMap", "shop", "a"), b_ = IdOf("ConfigMap", "shop", "b");
  LeftChanged left_;
  FakeKube kube_;
};

TEST_F(LeftChangedTest, TheChangesOfAnObjectAddUp) {
  left_.Note(a_, "applied");
  left_.Note(b_, kCreated);
  left_.Note(IdOf("Namespace", "", "shop"), "labelled");
  left_.Note(a_, "applied");
  left_.Note(a_, "patched");
  left_.Note(b_, "patched");
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a applied, patched", "ConfigMap shop/b created",
                                 "Namespace shop labelled"));
}

TEST_F(LeftChangedTest, WhatWasCreatedAndDeletedIsNotChanged) {
  left_.Note(a_, kCreated);
  left_.Note(a_, kDeleted);
  EXPECT_THAT(All(), IsEmpty());
  left_.Note(a_, kDeleted);
  left_.Note(a_, kCreated);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a replaced"));
}

TEST_F(LeftChangedTest, TheAnswerSaysWhetherItWasChanged) {
  EXPECT_TRUE(left_.Note(a_, "applied", absl::OkStatus()).ok());
  const absl::Status refused = MakeFailure(Reason::kApplyRejected, "no");
  EXPECT_EQ(left_.Note(b_, "applied", refused), refused);
  (void)left_.Note(IdOf("Secret", "shop", "c"), "applied",
                   MakeFailure(Reason::kClusterUnreachable, "away"));
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a applied", "Secret shop/c perhaps applied"));
}

TEST_F(LeftChangedTest, WhatIsUndoneByNowIsForgotten) {
  kube_.Put(a_, kube::Json::object());
  left_.Note(a_, kCreated);
  left_.Note(b_, kCreated);
  left_.LookAgain(Context::Background(), kube_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created")) << "b is gone";
  left_.Note(b_, kDeleted);
  kube_.Put(b_, kube::Json::object());
  left_.LookAgain(Context::Background(), kube_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created")) << "b is back";
}

TEST_F(LeftChangedTest, WhatCannotBeLookedAtStays) {
  left_.Note(a_, kCreated);
  left_.Note("command", "post_exec/tell", "ran tell");
  kube_.FailNext("get ConfigMap shop/a", MakeFailure(Reason::kClusterUnreachable, "away"));
  left_.LookAgain(Context::Background(), kube_);
  EXPECT_THAT(All(), ElementsAre("ConfigMap shop/a created", "command post_exec/tell ran tell"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

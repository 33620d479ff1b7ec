#include "client/cli/output/hints.h"

#include <gtest/gtest.h>

#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

v1::Failure FailureWith(Reason reason, const std::string& chart = "") {
  v1::Failure failure;
  failure.set_chart(chart);
  failure.set_reason(InfoOf(reason).name);
  failure.set_hint(InfoOf(reason).hint);
  return failure;
}

TEST(Hints, MethodsBecomeCommands) {
  EXPECT_EQ(HintText(FailureWith(Reason::kReleaseLocked, "demo/web"), HintStyle::kFields),
            "wait for it, or free the release: wheelhouse unlock web -n demo");
  EXPECT_EQ(HintText(FailureWith(Reason::kReleaseLocked), HintStyle::kFields),
            "wait for it, or free the release: wheelhouse unlock RELEASE -n NAMESPACE");
  EXPECT_EQ(HintText(FailureWith(Reason::kClusterUnknown), HintStyle::kFields),
            "wheelhouse status lists the clusters");
  EXPECT_EQ(HintText(FailureWith(Reason::kRunNotFound), HintStyle::kFlags),
            "wheelhouse runs list shows the runs");
}

TEST(Hints, FieldsBecomeFlagsForWhoUsesFlags) {
  const v1::Failure failure = FailureWith(Reason::kVolumeLoss);
  EXPECT_EQ(HintText(failure, HintStyle::kFields), "save the data, then set allow.volumeLoss");
  EXPECT_EQ(HintText(failure, HintStyle::kFlags), "save the data, then pass --allow volume-loss");
  for (const Reason reason : {Reason::kFieldConflict, Reason::kNamespaceNotAllowed,
                              Reason::kCrdInUse, Reason::kImmutableField, Reason::kNotReady}) {
    EXPECT_NE(HintText(FailureWith(reason), HintStyle::kFlags).find("--"), std::string::npos)
        << InfoOf(reason).name;
  }
}

}  // namespace
}  // namespace wheelhouse::cli

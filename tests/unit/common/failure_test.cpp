#include "common/failure.h"

#include <gtest/gtest.h>

namespace wheelhouse {
namespace {

TEST(ReasonTable, HasOneRowForEachReasonInTheOrderOfTheEnum) {
  for (size_t i = 0; i < AllReasons().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(AllReasons()[i].reason), i) << AllReasons()[i].name;
    EXPECT_EQ(FindReason(AllReasons()[i].name), &AllReasons()[i]) << "two rows share a name";
  }
  EXPECT_EQ(AllReasons().back().reason, Reason::kNotBuiltYet);
}

TEST(Failure, KeepsReasonAndDetailsWhenWrapped) {
  const absl::Status status =
      While("reading demo/web",
            MakeFailure(Reason::kFieldConflict, "field is owned", {{"field", ".spec"}}));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const v1::Failure failure = FailureOf(status);
  EXPECT_EQ(failure.reason(), "FIELD_CONFLICT");
  EXPECT_EQ(failure.message(), "while reading demo/web: field is owned");
  EXPECT_EQ(failure.details().at("field"), ".spec");
  EXPECT_TRUE(HasReason(status, Reason::kFieldConflict));
  EXPECT_TRUE(While("anything", absl::OkStatus()).ok());
}

TEST(Failure, KeepsItsReasonWhateverAProgramSaid) {
  const absl::Status status = MakeHelmFailure(Reason::kHelmFailed, "it said \xff", "\xfe");
  EXPECT_EQ(FailureOf(status).reason(), "HELM_FAILED");
  EXPECT_EQ(FailureOf(status).message(), "it said ?");
  EXPECT_EQ(FailureOf(status).helm_output(), "?");
  EXPECT_EQ(ViolationsOf(MakeInvalid(Reason::kPlanInvalid, {{"field", "\xff"}})).at(0).description,
            "?");
  EXPECT_EQ(FailureOf(absl::UnknownError("\xff")).message(), "?");
}

TEST(Failure, OfAStatusWithoutReasonIsInternal) {
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), Reason::kInternal);
  EXPECT_EQ(FailureOf(absl::NotFoundError("x")).message(), "x");
}

}  // namespace
}  // namespace wheelhouse

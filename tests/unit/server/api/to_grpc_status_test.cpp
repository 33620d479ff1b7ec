#include "server/api/to_grpc_status.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::api {
namespace {

template <typename Detail>
std::vector<Detail> DetailsOf(const grpc::Status& status) {
  google::rpc::Status all;
  EXPECT_TRUE(all.ParseFromString(status.error_details()));
  EXPECT_EQ(all.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(all.message(), status.error_message()) << "clients check that they agree";
  std::vector<Detail> found;
  for (const auto& any : all.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) found.push_back(detail);
  }
  return found;
}

TEST(ToGrpcStatus, OkIsOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(ToGrpcStatus, AFailureCarriesItsReasonItsCodeAndItsDetails) {
  const grpc::Status status =
      ToGrpcStatus(MakeFailure(Reason::kChartNotUploaded, "no archive", {{"digest", "sha256:aa"}}));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "no archive");
  const auto info = DetailsOf<google::rpc::ErrorInfo>(status);
  ASSERT_EQ(info.size(), 1u);
  EXPECT_EQ(info[0].domain(), "wheelhouse");
  EXPECT_EQ(info[0].reason(), "CHART_NOT_UPLOADED");
  EXPECT_EQ(info[0].metadata().at("digest"), "sha256:aa");
  EXPECT_EQ(info[0].metadata().at("hint"), InfoOf(Reason::kChartNotUploaded).hint);
  EXPECT_TRUE(DetailsOf<google::rpc::RetryInfo>(status).empty());
}

TEST(ToGrpcStatus, AllWrongFieldsAreNamed) {
  const auto requests = DetailsOf<google::rpc::BadRequest>(ToGrpcStatus(
      MakeInvalid(Reason::kPlanInvalid, {{"plan.name", "too long"}, {"plan.charts", "empty"}})));
  ASSERT_EQ(requests.size(), 1u);
  ASSERT_EQ(requests[0].field_violations_size(), 2);
  EXPECT_EQ(requests[0].field_violations(1).field(), "plan.charts");
  EXPECT_EQ(requests[0].field_violations(1).description(), "empty");
}

TEST(ToGrpcStatus, MoreWrongFieldsThanTrailersHoldAreCounted) {
  const grpc::Status status = ToGrpcStatus(MakeInvalid(
      Reason::kPlanInvalid,
      std::vector<FieldViolation>(500, {"plan.charts[7].name", "expected a DNS label"})));
  EXPECT_LT(status.error_message().size() + status.error_details().size() * 4 / 3, 7000u);
  const auto request = DetailsOf<google::rpc::BadRequest>(status).at(0);
  const int named = request.field_violations_size() - 1;
  EXPECT_GT(named, 20);
  EXPECT_EQ(request.field_violations(named).description(),
            "and " + std::to_string(500 - named) + " more");
}

TEST(ToGrpcStatus, AMessageThatIsLongOrNoUtf8StillArrives) {
  const grpc::Status status = ToGrpcStatus(MakeFailure(
      Reason::kStepFailed, "\xff" + std::string(20000, 'x'), {{"at", std::string(9000, 'y')}}));
  EXPECT_EQ(status.error_message().substr(0, 2), "?x");
  EXPECT_LT(status.error_details().size(), 3000u);
  EXPECT_EQ(DetailsOf<google::rpc::ErrorInfo>(status).at(0).reason(), "STEP_FAILED");
}

TEST(ToGrpcStatus, WhereTryingAgainHelpsItSaysWhen) {
  for (const Reason reason : {Reason::kShuttingDown, Reason::kQueueFull, Reason::kStoreFull}) {
    const auto retry = DetailsOf<google::rpc::RetryInfo>(ToGrpcStatus(MakeFailure(reason, "x")));
    ASSERT_EQ(retry.size(), 1u);
    EXPECT_GT(retry[0].retry_delay().seconds(), 0);
  }
}

TEST(ToGrpcStatus, AStatusWithoutAReasonIsInternal) {
  const auto info = DetailsOf<google::rpc::ErrorInfo>(ToGrpcStatus(absl::InternalError("bug")));
  EXPECT_EQ(info.at(0).reason(), "INTERNAL");
}

TEST(RefuseUnknown, NamesEachFieldAndEnumValueThatThisDaemonDoesNotKnow) {
  v1::CreateRunRequest request;
  request.set_mode(static_cast<v1::Mode>(77));
  request.mutable_plan()
      ->add_charts()
      ->GetReflection()
      ->MutableUnknownFields(request.mutable_plan()->mutable_charts(0))
      ->AddVarint(999, 1);
  const absl::Status refused = RefuseUnknown(request);
  EXPECT_TRUE(HasReason(refused, Reason::kNotBuiltYet));
  EXPECT_EQ(ViolationsOf(refused).size(), 2u);
  EXPECT_TRUE(RefuseUnknown(v1::CreateRunRequest()).ok());
}

}  // namespace
}  // namespace wheelhouse::api

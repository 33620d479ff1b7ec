// RetryRun: the plan of an ended run again.
#include <fstream>

#include "common/sha256.h"
#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

class RetryTest : public EngineTest {
 protected:
  std::string Failed(const v1::CreateRunRequest& request) {
    const std::string id = Create(request);
    for (const v1::ChartInfo& chart : request.plan().charts())
      lifecycle_.End(chart.namespace_() + "/" + chart.name(), v1::STATE_FAILED);
    EXPECT_EQ(Ended(id).state(), v1::RUN_STATE_FAILED);
    return id;
  }
  absl::StatusOr<v1::Run> Retry(const std::string& id, const std::string& caller = "tester",
                                const std::string& request_id = "") {
    v1::RetryRunRequest request;
    request.set_run_id(id);
    request.set_request_id(request_id);
    return engine_->Retry(request, By(caller));
  }
};

TEST_F(RetryTest, TheWholePlanIsDoneAgainByWhoeverAsks) {
  v1::CreateRunRequest request = Request({"demo/web", "demo/api"});
  request.mutable_plan()->set_name("shop");
  request.mutable_plan()->mutable_charts(0)->add_values()->set_value("secret");
  request.mutable_plan()->mutable_charts(1)->set_profile("known");
  const std::string old = Failed(request);
  const auto again = Retry(old, "ops");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->id(), old);
  EXPECT_EQ(again->caller(), "ops");
  EXPECT_EQ(again->retry_of().run_id(), old);
  EXPECT_EQ(again->retry_of().caller(), "tester");
  EXPECT_EQ(again->charts(1).profile_digest(), "digest of known");
  EXPECT_EQ(Plan(again->id()).charts(0).values(0).value(), "secret");
  lifecycle_.End("demo/web");
  lifecycle_.End("demo/api");
  const v1::Run ended = Ended(again->id());
  EXPECT_EQ(ended.state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(ended.retry_of().run_id(), old);
}

TEST_F(RetryTest, ARetryOfARetryNamesTheFirstCaller) {
  const auto second = Retry(Failed(Request({"demo/web"})), "ops");
  ASSERT_TRUE(engine_->Cancel(second->id(), false, By("ops")).ok());
  Ended(second->id());
  const auto third = Retry(second->id(), "somebody");
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->retry_of().run_id(), second->id());
  EXPECT_EQ(third->retry_of().caller(), "tester");
}

TEST_F(RetryTest, WhatHasNotEndedAndWhatSucceededIsRefused) {
  const std::string running = Create(std::vector<std::string>{"demo/web"});
  lifecycle_.AwaitRunning("demo/web");
  const std::string queued = Create(std::vector<std::string>{"demo/api"});
  EXPECT_TRUE(HasReason(Retry(running).status(), Reason::kRunNotEnded));
  EXPECT_TRUE(HasReason(Retry(queued).status(), Reason::kRunNotEnded));
  lifecycle_.End("demo/web");
  Ended(running);
  const auto succeeded = Retry(running);
  EXPECT_TRUE(HasReason(succeeded.status(), Reason::kPlanErased));
  EXPECT_NE(std::string(succeeded.status().message()).find("succeeded"), std::string::npos);
  EXPECT_TRUE(HasReason(Retry("none").status(), Reason::kRunNotFound));
  lifecycle_.End("demo/api");
  Ended(queued);
}

TEST_F(RetryTest, AfterItsValuesAreErasedItIsRefused) {
  const std::string old = Failed(Request({"demo/web"}));
  ASSERT_TRUE(store_->ReplacePlan(old, {}).ok());
  EXPECT_TRUE(HasReason(Retry(old).status(), Reason::kPlanErased));
}

TEST_F(RetryTest, ARequestIdIsOneRetry) {
  const std::string old = Failed(Request({"demo/web"}));
  const auto first = Retry(old, "tester", "id");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(Retry(old, "tester", "id")->id(), first->id());
  v1::CreateRunRequest other = Request({"demo/web"});
  other.set_request_id("id");
  EXPECT_TRUE(HasReason(engine_->Create(other, By("tester")).status(), Reason::kRequestIdReused));
  EXPECT_TRUE(HasReason(Retry(first->id(), "tester", std::string(129, 'x')).status(),
                        Reason::kPlanInvalid));
  lifecycle_.End("demo/web");
  Ended(first->id());
}

TEST_F(RetryTest, ItReplacesNothingThatWaits) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->set_supersede(v1::SUPERSEDE_WAITING);
  const std::string old = Failed(request);
  Create(std::vector<std::string>{"demo/first"});
  lifecycle_.AwaitRunning("demo/first");
  const std::string newer = Create(request);
  const auto again = Retry(old);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(Place(again->id()).position(), 2);
  EXPECT_EQ(engine_->Get(newer, By("tester"))->state(), v1::RUN_STATE_QUEUED);
  lifecycle_.End("demo/first");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(newer).state(), v1::RUN_STATE_SUCCEEDED);
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(again->id()).state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(RetryTest, ARetryOfAPreviewIsAPreview) {
  v1::CreateRunRequest request = Request({"demo/web"});
  request.set_mode(v1::MODE_PREVIEW);
  const auto again = Retry(Failed(request));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->preview());
  lifecycle_.End("demo/web");
  Ended(again->id());
}

TEST_F(RetryTest, ItUsesTheArchivesOfItsCallerOrElseOfTheFirst) {
  const std::string digest = "sha256:" + Sha256Hex("chart");
  const auto put = [&](const std::string& caller) {
    std::ofstream(directory_ + "/upload") << "chart";
    ASSERT_TRUE(archives_->Put(directory_ + "/upload", digest, By(caller)).ok());
  };
  put("tester");
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->mutable_charts(0)->mutable_chart()->set_archive_digest(digest);
  const std::string old = Failed(request);
  EXPECT_EQ(lifecycle_.archives_of("demo/web"), "tester");
  const auto theirs = Retry(old, "ops");
  ASSERT_TRUE(theirs.ok()) << theirs.status();
  lifecycle_.AwaitRunning("demo/web");
  EXPECT_EQ(lifecycle_.archives_of("demo/web"), "tester");
  Restart();  // taken up with the same
  lifecycle_.AwaitRunning("demo/web");
  EXPECT_EQ(lifecycle_.archives_of("demo/web"), "tester");
  lifecycle_.End("demo/web", v1::STATE_FAILED);
  Ended(theirs->id());
  put("ops");
  const auto own = Retry(old, "ops");
  ASSERT_TRUE(own.ok()) << own.status();
  lifecycle_.AwaitRunning("demo/web");
  EXPECT_EQ(lifecycle_.archives_of("demo/web"), "ops");
  lifecycle_.End("demo/web");
  Ended(own->id());
}

TEST_F(RetryTest, AnArchiveThatNobodyHoldsAnyMoreIsRefused) {
  const std::string digest = "sha256:" + Sha256Hex("chart");
  std::ofstream(directory_ + "/upload") << "chart";
  ASSERT_TRUE(archives_->Put(directory_ + "/upload", digest, By("tester")).ok());
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_plan()->mutable_charts(0)->mutable_chart()->set_archive_digest(digest);
  const std::string old = Failed(request);
  engine_.reset();
  std::filesystem::remove_all(directory_ + "/archives");
  Restart();
  EXPECT_TRUE(HasReason(Retry(old).status(), Reason::kChartNotUploaded));
}

}  // namespace
}  // namespace wheelhouse::runs

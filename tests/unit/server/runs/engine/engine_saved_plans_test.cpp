// Plans that are saved by a preview, approved, and applied.
#include <gmock/gmock.h>

#include "tests/unit/server/runs/engine/engine_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SavedPlansTest : public EngineTest {
 protected:
  // The id of the preview, which has ended.
  std::string Save(const std::string& caller = "ann", bool require_approval = false,
                   v1::State end = v1::STATE_SUCCEEDED) {
    v1::SavePlanRequest request;
    *request.mutable_plan() = Request({"demo/web"}).plan();
    request.mutable_plan()->set_name("shop");
    request.mutable_plan()->mutable_charts(0)->add_values()->set_value("secret");
    request.set_require_approval(require_approval);
    const auto run = engine_->Save(request, By(caller));
    EXPECT_TRUE(run.ok()) << run.status();
    EXPECT_TRUE(run->preview());
    lifecycle_.End("demo/web", end);
    Ended(run->id());
    return run->id();
  }
  absl::StatusOr<v1::Run> Apply(const std::string& plan, const std::string& caller = "ann",
                                const std::string& sha256 = "") {
    v1::CreateRunRequest request;
    request.mutable_saved_plan()->set_plan_id(plan);
    request.mutable_saved_plan()->set_sha256(sha256);
    return engine_->Create(request, By(caller));
  }
  absl::StatusOr<v1::SavedPlan> Get(const std::string& id, const std::string& caller = "ann") {
    return engine_->plans().Get(id, By(caller));
  }
  std::vector<std::string> Listed(const std::string& caller) {
    std::vector<std::string> ids;
    const auto page = engine_->plans().List({}, By(caller));
    for (const v1::SavedPlan& plan : page->plans()) ids.push_back(plan.id());
    return ids;
  }
};

TEST_F(SavedPlansTest, ARunThatAppliesAPlanHasThePlanAndWhatWasKeptOfIt) {
  const std::string plan = Save();
  const auto saved = Get(plan);
  ASSERT_TRUE(saved.ok()) << saved.status();
  EXPECT_EQ(saved->plan_name(), "shop");
  EXPECT_EQ(saved->caller(), "ann");
  EXPECT_EQ(saved->preview().state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(saved->preview().plan().charts(0).values(0).value(), "") << "no values are shown";
  const auto run = Apply(plan, "ann", saved->sha256());
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_FALSE(run->preview());
  EXPECT_EQ(run->applies().plan_id(), plan);
  EXPECT_EQ(run->applies().caller(), "ann");
  EXPECT_EQ(Plan(run->id()).charts(0).values(0).value(), "secret");
  lifecycle_.End("demo/web");
  EXPECT_EQ(Ended(run->id()).state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(lifecycle_.saved("demo/web"), "saved by " + plan);
  EXPECT_EQ(Get(plan)->last_run_id(), run->id());
}

TEST_F(SavedPlansTest, ItOutlivesTheDaemonAndARetryHasItToo) {
  const std::string plan = Save();
  const std::string sha256 = Get(plan)->sha256();
  Restart();
  EXPECT_EQ(Get(plan)->sha256(), sha256);
  const auto run = Apply(plan);
  ASSERT_TRUE(run.ok()) << run.status();
  lifecycle_.End("demo/web", v1::STATE_FAILED);
  Ended(run->id());
  ASSERT_TRUE(engine_->plans().Discard(plan, By("ann")).ok());
  v1::RetryRunRequest again;
  again.set_run_id(run->id());
  const auto retried = engine_->Retry(again, By("ann"));
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(retried->applies().plan_id(), plan);
  lifecycle_.End("demo/web");
  Ended(retried->id());
  EXPECT_EQ(lifecycle_.saved("demo/web"), "saved by " + plan);
}

TEST_F(SavedPlansTest, NothingIsSavedOfAPreviewThatFails) {
  const std::string plan = Save("ann", false, v1::STATE_FAILED);
  EXPECT_TRUE(HasReason(Get(plan).status(), Reason::kPlanUnknown));
  EXPECT_TRUE(HasReason(Apply(plan).status(), Reason::kPlanUnknown));
}

TEST_F(SavedPlansTest, WhatIsAskedForBesideASavedPlanIsRefused) {
  const std::string plan = Save();
  v1::CreateRunRequest request = Request({"demo/web"});
  request.mutable_saved_plan()->set_plan_id(plan);
  EXPECT_TRUE(HasReason(engine_->Create(request, By("ann")).status(), Reason::kPlanInvalid));
  request.clear_plan();
  request.set_mode(v1::MODE_PREVIEW);
  EXPECT_TRUE(HasReason(engine_->Create(request, By("ann")).status(), Reason::kPlanInvalid));
  request.clear_mode();
  request.set_cluster("test");
  EXPECT_TRUE(HasReason(engine_->Create(request, By("ann")).status(), Reason::kPlanInvalid));
}

TEST_F(SavedPlansTest, AnotherCallerApprovesWhatHasToBeApproved) {
  const std::string plan = Save("ann", true);
  SavedPlans& plans = engine_->plans();
  EXPECT_TRUE(HasReason(Apply(plan).status(), Reason::kApprovalMissing));
  EXPECT_TRUE(HasReason(plans.Approve(plan, "", By("ann")).status(), Reason::kPermissionDenied));
  EXPECT_TRUE(HasReason(plans.Approve(plan, "other", By("bob")).status(), Reason::kPlanUnknown));
  const auto approved = plans.Approve(plan, Get(plan)->sha256(), By("bob"));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->approval().caller(), "bob");
  EXPECT_EQ(plans.Approve(plan, "", By("eve"))->approval().caller(), "bob");
  const auto run = Apply(plan, "bob");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->applies().approved_by(), "bob");
  EXPECT_EQ(run->caller(), "bob");
}

TEST_F(SavedPlansTest, TheOperatorSaysWhoMaySeeThePlansOfOthers) {
  options_.saved_plans.approvers = {"bob"};
  options_.saved_plans.approval_required = true;
  Restart();
  const std::string plan = Save();
  EXPECT_THAT(Listed("ann"), ElementsAre(plan));
  EXPECT_THAT(Listed("bob"), ElementsAre(plan));
  EXPECT_THAT(Listed("eve"), IsEmpty());
  EXPECT_TRUE(HasReason(Get(plan, "eve").status(), Reason::kPlanUnknown));
  EXPECT_TRUE(
      HasReason(engine_->plans().Approve(plan, "", By("eve")).status(), Reason::kPlanUnknown));
  EXPECT_TRUE(HasReason(engine_->plans().Discard(plan, By("eve")), Reason::kPlanUnknown));
  EXPECT_TRUE(HasReason(Apply(plan).status(), Reason::kApprovalMissing))
      << "though the plan does not ask for it";
  EXPECT_TRUE(Get(plan)->approval_required());
}

TEST_F(SavedPlansTest, ACallerHasSoManyAndPagesShowAll) {
  options_.saved_plans.per_caller = 2;
  Restart();
  const std::string first = Save(), second = Save();
  v1::SavePlanRequest third;
  *third.mutable_plan() = Request({"demo/web"}).plan();
  EXPECT_TRUE(HasReason(engine_->Save(third, By("ann")).status(), Reason::kCallerLimit));
  const std::string theirs = Save("bob");
  v1::ListPlansRequest page;
  page.set_page_size(2);
  const auto newest = engine_->plans().List(page, By("ann"));
  ASSERT_THAT(newest->plans(), SizeIs(2));
  EXPECT_EQ(newest->plans(0).id(), theirs);
  page.set_page_token(newest->next_page_token());
  const auto rest = engine_->plans().List(page, By("ann"));
  ASSERT_THAT(rest->plans(), SizeIs(1));
  EXPECT_EQ(rest->plans(0).id(), first);
  EXPECT_EQ(rest->next_page_token(), "");
  ASSERT_TRUE(engine_->plans().Discard(second, By("ann")).ok());
  EXPECT_TRUE(engine_->Save(third, By("ann")).ok());
}

TEST_F(SavedPlansTest, ItExpires) {
  options_.saved_plans.keep_for = -absl::Seconds(1);
  Restart();
  const std::string plan = Save();
  EXPECT_TRUE(HasReason(Get(plan).status(), Reason::kPlanUnknown));
  EXPECT_TRUE(HasReason(Apply(plan).status(), Reason::kPlanUnknown));
  EXPECT_THAT(Listed("ann"), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::runs

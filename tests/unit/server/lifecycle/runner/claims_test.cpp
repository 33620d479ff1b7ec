// What the lifecycle does with claims: when it asks for them, what it believes afterwards, and that
// it stops where it stands when they are lost.
#include <gmock/gmock.h>

#include "common/boot_clock.h"
#include "common/fence.h"
#include "server/kube/fenced_cluster.h"
#include "tests/unit/server/lifecycle/runner/chart_lifecycle_fixture.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClaimsTest : public ChartLifecycleTest {
 protected:
  ClaimsTest() { around_.bounds = {around_.work.WithFence(fence_), failure_.WithFence(fence_)}; }

  void Answer(absl::StatusOr<Meanwhile> meanwhile, std::function<void()> between = [] {}) {
    around_.before_first_change = [this, meanwhile, between](const Context&) {
      ++asked_;
      between();
      return meanwhile;
    };
  }
  long Decisions() const {
    return std::ranges::count_if(journal_.lines, [](const std::string& line) {
      return absl::StartsWith(line, "decision ");
    });
  }
  void Lose() { fence_->Shut(MakeFailure(Reason::kLeaseLost, "frozen")); }
  void MadeRevision2() {
    DeployedBefore();
    around_.kube.PutRecord("shop", "web", 2, "deployed",
                           {{helm::kRevisionLabel, "2"}, {helm::kRunLabel, "run-1"}});
    made_ = 2;
  }
  // This run made revision 2, and another run revision 3 after it.
  void OvertakenAtRevision3() {
    DeployedBefore();
    around_.kube.PutRecord("shop", "web", 2, "superseded",
                           {{helm::kRevisionLabel, "2"}, {helm::kRunLabel, "run-1"}});
    around_.kube.PutRecord("shop", "web", 3, "deployed",
                           {{helm::kRevisionLabel, "3"}, {helm::kRunLabel, "run-of-others"}});
    made_ = 2;
  }
  // Lost in `stage`, whose only step was begun.
  void WasLostIn(v1::Stage stage, const std::string& step, const std::string& kind) {
    Resume resume;
    resume.lost_claims = true;
    resume.chart.set_decision(v1::DECISION_UPGRADE);
    for (const v1::Stage before : {v1::STAGE_PRE_EXEC, v1::STAGE_EXEC}) {
      if (before == stage) break;
      v1::StageRun* ended = resume.chart.add_stages();
      ended->set_stage(before);
      ended->set_state(v1::STATE_SUCCEEDED);
    }
    v1::StageRun* was = resume.chart.add_stages();
    was->set_stage(stage);
    was->set_state(v1::STATE_RUNNING);
    was->add_steps()->set_name(step);
    was->mutable_steps(0)->set_kind(kind);
    was->mutable_steps(0)->set_state(v1::STATE_RUNNING);
    was->mutable_steps(0)->set_attempt(1);
    Trail trail = NewTrail();
    trail.mutable_records_before()->mutable_uids()->Assign(before_.begin(), before_.end());
    trail.set_baseline_revision(1);
    trail.set_intended_revision(made_);
    trail.set_made_revision(made_);
    resume.memory = trail.SerializeAsString();
    around_.request.resume = resume;
  }

  const SystemBootClock clock_;
  const std::shared_ptr<Fence> fence_ = std::make_shared<Fence>(clock_);
  const Context failure_ = Context::Background();
  int asked_ = 0;
  int made_ = 0;
  // The uids of the records before the run.
  std::set<std::string> before_ = {"uid of Secret shop/sh.helm.release.v1.web.v1"};
};

TEST_F(ClaimsTest, AreTakenOnceForAChartThatIsChanged) {
  Answer(Meanwhile::kPerhaps);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(Decisions(), 1);
}

TEST_F(ClaimsTest, AReleaseThatStandsOtherwiseThanItWasReadIsDecidedAgain) {
  Answer(Meanwhile::kPerhaps, [this] { DeployedBefore(); });
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Decisions(), 2);
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
}

// Without claims a chart is changed as it was read; but not as a list had it a moment ago.
TEST_F(ClaimsTest, WhatWasReadFromASharedListIsReadOnceMoreBeforeTheFirstChange) {
  kube::SharedReads reads(around_.kube, {{"shop", 2}});
  around_.request.shared_reads = &reads;
  around_.request.ready_since = absl::ZeroDuration();
  Answer(Meanwhile::kNothing, [this] { DeployedBefore(); });
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Decisions(), 2);
  EXPECT_TRUE(journal_.Has("decision UPGRADE"));
}

// Another daemon has deployed the same in between.
TEST_F(ClaimsTest, WhatIsDecidedAgainAsUnchangedChangesNothing) {
  info_.set_wait(false);
  const std::string spec = [this] {
    Surroundings first;
    first.archives.path = around_.archives.path;
    first.helm.manifest = around_.helm.manifest;
    first.info = info_;
    ChartLifecycle(first.services)
        .RunChart(first.Request(), first.bounds, first.before_first_change, first.journal);
    const auto records = helm::ListRecords(Context::Background(), first.kube, "shop", "web");
    return records->at(0).labels.at(helm::kSpecLabel);
  }();
  Answer(Meanwhile::kSomething, [&] {
    around_.kube.PutRecord("shop", "web", 1, "deployed",
                           {{helm::kRevisionLabel, "1"},
                            {helm::kSpecLabel, spec},
                            {helm::kVerdictLabel, helm::kVerdictGood}},
                           around_.helm.manifest);
  });
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_TRUE(journal_.Has("decision UNCHANGED"));
  EXPECT_TRUE(journal_.Has("pre_exec SKIPPED UNCHANGED"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ClaimsTest, WithoutThemNothingIsChangedAndNothingUndone) {
  Answer(MakeFailure(Reason::kCancelled, "cancelled by ann"));
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "CANCELLED");
  EXPECT_TRUE(journal_.Has("pre_exec SKIPPED EARLIER_FAILURE"));
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED NOT_NEEDED"));
  EXPECT_EQ(asked_, 1);
}

TEST_F(ClaimsTest, AShutdownWhileWaitingLeavesTheChartWhereItStands) {
  Answer(MakeFailure(Reason::kInterrupted, "shutting down"));
  EXPECT_TRUE(Run().interrupted);
  EXPECT_THAT(journal_.failures, IsEmpty());
}

class UnchangedClaims : public ClaimsTest {
 protected:
  UnchangedClaims() {
    info_.set_wait(false);
    EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
    Answer(Meanwhile::kPerhaps);
  }
  v1::Step* Validates() { return info_.mutable_stages()->mutable_validate()->add_after(); }
};

TEST_F(UnchangedClaims, AreNotTakenForStepsThatRead) {
  v1::AssertStep* assertion = Validates()->mutable_assertion();
  assertion->mutable_object()->set_kind("ConfigMap");
  assertion->mutable_object()->set_name("web");
  assertion->set_json_path(".data.color");
  assertion->set_equals("red");
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(asked_, 0);
}

TEST_F(UnchangedClaims, AreTakenForAStepOfValidateThatWrites) {
  Validates()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(asked_, 1);
}

TEST_F(UnchangedClaims, AreTakenForAFailureStageThatWrites) {
  WantGreen();
  info_.mutable_stages()->mutable_on_deploy_failure()->add_after()->mutable_apply()->set_manifests(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  EXPECT_EQ(Run().failure.reason(), "VALIDATION_FAILED");
  EXPECT_EQ(asked_, 1);
}

TEST_F(ClaimsTest, LosingThemStopsTheChartWhereItStands) {
  around_.helm.during_upgrade = [this](const Context&) { Lose(); };
  around_.helm.upgrades = {MakeFailure(Reason::kHelmFailed, "helm was ended by signal 9")};
  EXPECT_TRUE(Run().interrupted);
  EXPECT_EQ(journal_.lines.back(), "exec/helm RUNNING");
  EXPECT_THAT(journal_.failures, IsEmpty());
}

// helm has ended well; what it made can be found only by who takes the chart up.
TEST_F(ClaimsTest, AStepThatCouldNotSeeWhatItDidIsNotDone) {
  around_.helm.after_upgrade = [this](int) { Lose(); };
  EXPECT_TRUE(Run().interrupted);
  EXPECT_EQ(journal_.lines.back(), "exec/helm RUNNING");
}

TEST_F(ClaimsTest, AStepThatMustNotBeDoneTwiceFailsAsLeaseLost) {
  DeployedBefore();
  around_.services.commands["sweep"] = {{"sweep"}, {}};
  v1::Step* step = info_.mutable_stages()->mutable_post_exec()->add_after();
  step->set_name("sweep");
  step->mutable_command()->set_command("sweep");
  WasLostIn(v1::STAGE_POST_EXEC, "sweep", "command");
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "LEASE_LOST");
  EXPECT_EQ(outcome.failure.step(), "sweep");
}

TEST_F(ClaimsTest, ARunThatOthersHaveOvertakenNeitherGoesOnNorUndoesTheirs) {
  OvertakenAtRevision3();
  WasLostIn(v1::STAGE_POST_EXEC, "crds", "crds");
  Answer(Meanwhile::kSomething);
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "LEASE_LOST");
  EXPECT_THAT(outcome.failure.message(), HasSubstr("revision 3"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_TRUE(journal_.Has("on_deploy_failure/remediate SKIPPED BY_REQUEST"));
}

// Found by tests/simulation, seed 2713: the release of others was rolled back.
TEST_F(ClaimsTest, WhetherOthersHaveOvertakenARunIsAskedUntilItIsKnown) {
  OvertakenAtRevision3();
  WasLostIn(v1::STAGE_ON_DEPLOY_FAILURE, "remediate", "remediate");
  Answer(Meanwhile::kSomething);
  int lists = 0;
  around_.kube.fault = [&lists](const std::string& call) {
    // The first is that of the check; the next ask for others.
    if (call != "list secrets in shop" || ++lists == 1 || lists > 3) return absl::OkStatus();
    return MakeFailure(Reason::kClusterUnreachable, "away");
  };
  const ChartOutcome outcome = Run();
  EXPECT_GT(lists, 3);
  EXPECT_EQ(outcome.state, v1::STATE_FAILED);
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

// What this run made may be what another is changing.
TEST_F(ClaimsTest, WhatARunMadeIsReportedAndNotUndoneWhereTheClaimsCannotBeTakenAgain) {
  MadeRevision2();
  WasLostIn(v1::STAGE_POST_EXEC, "crds", "crds");
  Answer(MakeFailure(Reason::kLeaseLost, "the claims could not be taken within failureTimeout"));
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "LEASE_LOST");
  EXPECT_THAT(HelmChanges(), IsEmpty());
  EXPECT_TRUE(journal_.Has("on_deploy_failure SKIPPED EARLIER_FAILURE"));
  EXPECT_THAT(Left(outcome), ElementsAre("Release shop/web revision 2 made"));
}

// Found by tests/simulation, seed 5682: it was undone without them.
TEST_F(ClaimsTest, WhatARunMadeIsUndoneOnceTheClaimsAreTaken) {
  MadeRevision2();
  WasLostIn(v1::STAGE_POST_EXEC, "crds", "crds");
  around_.before_first_change = [this](const Context&) -> absl::StatusOr<Meanwhile> {
    EXPECT_THAT(HelmChanges(), IsEmpty());
    if (++asked_ == 3) return Meanwhile::kNothing;
    return MakeFailure(Reason::kClusterUnreachable, "away");
  };
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "CLUSTER_UNREACHABLE");
  EXPECT_THAT(HelmChanges(), ElementsAre("roll back to 1"));
  EXPECT_THAT(Left(outcome), IsEmpty());
}

TEST_F(ClaimsTest, ANumberThatOthersHaveUsedAgainIsNotTheRevisionOfBefore) {
  around_.kube.PutRecord("shop", "web", 1, "deployed",
                         {{helm::kRevisionLabel, "1"}, {helm::kRunLabel, "run-of-others"}});
  before_ = {"uid of the one that was uninstalled"};
  info_.set_action(v1::ACTION_DESTROY);
  WasLostIn(v1::STAGE_EXEC, "helm", "helm");
  Answer(Meanwhile::kSomething);
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "LEASE_LOST");
  EXPECT_THAT(outcome.failure.message(), HasSubstr("revision 1"));
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

// Found by tests/faults/frozen: the remediation had uninstalled what validate had found wanting.
TEST_F(ClaimsTest, ANumberThatOthersHaveUsedAgainIsNotFoundBad) {
  around_.kube.PutRecord("shop", "web", 1, "deployed",
                         {{helm::kRevisionLabel, "1"},
                          {helm::kRunLabel, "run-of-others"},
                          {helm::kVerdictLabel, helm::kVerdictGood}});
  before_ = {};
  made_ = 1;
  WasLostIn(v1::STAGE_ON_DEPLOY_FAILURE, "remediate", "remediate");
  v1::StageRun* validate = around_.request.resume->chart.mutable_stages(2);
  *around_.request.resume->chart.add_stages() = *validate;
  validate->Clear();
  validate->set_stage(v1::STAGE_VALIDATE);
  validate->set_state(v1::STATE_FAILED);
  around_.request.resume->chart.mutable_failure()->set_reason("VALIDATION_FAILED");
  Answer(Meanwhile::kSomething);
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "VALIDATION_FAILED");
  EXPECT_EQ(Verdict(1), helm::kVerdictGood);
  EXPECT_THAT(Left(outcome), IsEmpty()) << "what this run made is gone";
}

TEST_F(ClaimsTest, ARunThatNobodyCanHaveOvertakenGoesOn) {
  MadeRevision2();
  WasLostIn(v1::STAGE_POST_EXEC, "crds", "crds");
  Answer(Meanwhile::kSomething);
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
  EXPECT_EQ(Verdict(2), helm::kVerdictGood);
}

// Whatever a step does: the gate is the cluster's.
TEST_F(ClaimsTest, TheGateRefusesWhatWritesBeforeTheyAreTaken) {
  kube::FencedCluster fenced(around_.cluster, fence_);
  around_.request.cluster = &fenced;
  const ChartOutcome outcome = Run();
  EXPECT_EQ(outcome.failure.reason(), "LEASE_LOST");
  EXPECT_THAT(HelmChanges(), IsEmpty());
}

TEST_F(ClaimsTest, TheGateLetsThroughWhatIsHeld) {
  kube::FencedCluster fenced(around_.cluster, fence_);
  around_.request.cluster = &fenced;
  Answer(Meanwhile::kPerhaps, [this] { fence_->MoveBound(clock_.Now() + absl::Hours(1)); });
  EXPECT_EQ(Run().state, v1::STATE_SUCCEEDED);
}

}  // namespace
}  // namespace wheelhouse::lifecycle

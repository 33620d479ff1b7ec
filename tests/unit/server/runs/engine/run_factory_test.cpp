// The factory alone: what it makes waits in the table.
#include "server/runs/engine/run_factory.h"

#include <gmock/gmock.h>

#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Observer final : public RunObserver {
 public:
  void OnCreated(const v1::Run& run) override { created.push_back(run.id()); }
  void OnEvent(const v1::Run&, const v1::RunEvent&) override {}
  std::vector<std::string> created;
};

class RunFactoryTest : public PartsTest {
 protected:
  static v1::CreateRunRequest Request(const std::vector<std::string>& charts) {
    v1::CreateRunRequest request;
    *request.mutable_plan() = Plan(charts);
    return request;
  }

  const Principal ann_{"ann", KnownBy::kUnixSocket};
  bool full_ = false;
  Observer observer_;
  std::vector<std::string> looked_back_;
  RunReader reader_{*store_, table_, clock_, {}};
  RunFactory factory_{{clusters_, FakePrepare,
                       [this](kube::Cluster&, const Principal& by,
                              plan::PreparedPlan*) -> absl::StatusOr<plan::LeftBehind> {
                         looked_back_.push_back(by.name);
                         plan::LeftBehind left;
                         left.releases.emplace_back().set_name("old");
                         return left;
                       },
                       &observer_, [this] { return full_; }, FakeAllow, clock_, *plans_},
                      *store_,
                      table_,
                      *assembler_,
                      reader_,
                      clock_};
};

TEST_F(RunFactoryTest, ARunIsDurableAndQueuedWhenItIsAnsweredWith) {
  const auto run = factory_.Create(Request({"a/web"}), ann_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->caller(), "ann");
  EXPECT_EQ((*store_->Load(run->id()))->row.state, v1::RUN_STATE_QUEUED);
  EXPECT_EQ(table_.Counts().queued, 1);
  EXPECT_THAT(observer_.created, ElementsAre(run->id()));
}

TEST_F(RunFactoryTest, OnlyWhatPrunesOrPreviewsAPlanWithANameAsksTheClusterForWhatItLeftBehind) {
  v1::CreateRunRequest request = Request({"a/web"});
  request.mutable_plan()->clear_name();
  request.set_mode(v1::MODE_PREVIEW);
  EXPECT_THAT(factory_.Create(request, ann_)->left_behind(), IsEmpty());
  request.mutable_plan()->set_name("shop");
  EXPECT_THAT(factory_.Create(request, ann_)->left_behind(), SizeIs(1));
  request.set_mode(v1::MODE_APPLY);
  EXPECT_THAT(factory_.Create(request, ann_)->left_behind(), IsEmpty());
  request.mutable_plan()->set_prune(true);
  EXPECT_THAT(factory_.Create(request, ann_)->left_behind(), SizeIs(1));
  EXPECT_THAT(looked_back_, ElementsAre("ann", "ann"));
}

TEST_F(RunFactoryTest, ARunOfOneChartIsCalledAfterItWhereItsPlanHasNoName) {
  v1::CreateRunRequest request = Request({"a/web"});
  request.mutable_plan()->clear_name();
  const auto run = factory_.Create(request, ann_);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->plan_name(), "web");
  EXPECT_EQ(run->plan().name(), "") << "its release belongs to no plan";
}

TEST_F(RunFactoryTest, OneRequestIdIsOneRunOfOneCaller) {
  v1::CreateRunRequest request = Request({"a/web"});
  request.set_request_id("once");
  const auto run = factory_.Create(request, ann_);
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(factory_.Create(request, ann_)->id(), run->id());
  EXPECT_NE(factory_.Create(request, {"bob", KnownBy::kCertificate})->id(), run->id());
  EXPECT_THAT(observer_.created, SizeIs(2));
}

TEST_F(RunFactoryTest, NothingIsAcceptedByAFullStoreOrWhileTheDaemonStops) {
  full_ = true;
  EXPECT_TRUE(HasReason(factory_.Create(Request({"a/web"}), ann_).status(), Reason::kStoreFull));
  full_ = false;
  table_.Drain();
  EXPECT_TRUE(HasReason(factory_.Create(Request({"a/web"}), ann_).status(), Reason::kShuttingDown));
}

TEST_F(RunFactoryTest, ARefusedPlanKeepsNoRoomInTheQueue) {
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(
        HasReason(factory_.Create(v1::CreateRunRequest(), ann_).status(), Reason::kPlanInvalid));
  }
  EXPECT_TRUE(factory_.Create(Request({"a/web"}), ann_).ok());
}

TEST_F(RunFactoryTest, OnlyARunThatHasEndedIsDoneAgain) {
  const RunPtr queued = Queued(Plan({"a/web"}));
  v1::RetryRunRequest request;
  request.set_run_id(queued->id());
  EXPECT_TRUE(HasReason(factory_.Retry(request, ann_).status(), Reason::kRunNotEnded));
  request.set_run_id("none");
  EXPECT_TRUE(HasReason(factory_.Retry(request, ann_).status(), Reason::kRunNotFound));
}

}  // namespace
}  // namespace wheelhouse::runs

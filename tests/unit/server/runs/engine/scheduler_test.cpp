// The scheduler alone: nobody takes the charts that it lets start.
#include "server/runs/engine/scheduler.h"

#include <gmock/gmock.h>

#include "common/time.h"
#include "server/runs/engine/run_end.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class SchedulerTest : public PartsTest {
 protected:
  // One look at the queue. Blocks until so many more runs have started.
  void Look(size_t starts = 0) {
    scheduler_.Look();
    AwaitStore();
    MutexLock lock(&mutex_);
    while (started_.size() < seen_ + starts) changed_.Wait(&mutex_);
    seen_ = started_.size();
  }
  std::vector<std::string> started() {
    MutexLock lock(&mutex_);
    return started_;
  }
  static v1::Plan Newest(const std::vector<std::string>& charts) {
    v1::Plan plan = Plan(charts);
    plan.set_name("shop");
    plan.set_supersede(v1::SUPERSEDE_WAITING);
    return plan;
  }

  const FakeClock later_{clock_.Now() + absl::Minutes(40)};
  const FakeClock earlier_{clock_.Now() - absl::Hours(24)};
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> started_ ABSL_GUARDED_BY(mutex_);
  size_t seen_ ABSL_GUARDED_BY(mutex_) = 0;
  Scheduler scheduler_{table_, boot_, [this](const RunPtr& run, const std::vector<int>& charts) {
                         EXPECT_FALSE(charts.empty());
                         MutexLock lock(&mutex_);
                         started_.push_back(run->id());
                         changed_.NotifyAll();
                       }};
};

TEST_F(SchedulerTest, AStartIsDurableBeforeAChartMayStart) {
  const RunPtr run = Queued(Plan({"a/web"}));
  Look(1);
  EXPECT_EQ((*store_->Load(run->id()))->row.state, v1::RUN_STATE_RUNNING);
  EXPECT_TRUE(table_.BeginChart(run)->work.Check().ok());
}

TEST_F(SchedulerTest, TheRunsOfOneNamespaceStartOneAfterTheOther) {
  const RunPtr first = Queued(Plan({"a/web"}));
  const RunPtr second = Queued(Plan({"a/api"}));
  const RunPtr other = Queued(Plan({"b/api"}));
  Look(2);
  EXPECT_THAT(started(), UnorderedElementsAre(first->id(), other->id()));
  table_.BeginChart(first);
  table_.Freed(first, table_.EndChart(first, 0, false)->follow.freed);
  Look(1);
  EXPECT_EQ(started().back(), second->id());
}

TEST_F(SchedulerTest, ARunWhoseQueueTimeoutPassesEndsAndNothingWasDone) {
  Queued(Plan({"a/web"}));
  v1::Plan plan = Plan({"a/api"});
  *plan.mutable_queue_timeout() = ToProto(absl::Hours(1));
  const RunPtr late = Queued(plan);
  Look(1);
  boot_.Pass(absl::Hours(2));
  Look();
  EXPECT_EQ(table_.Find(late->id()), nullptr);
  const v1::Run run = PictureOf(late);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.failure().reason(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(run.charts(0).skip_reason(), v1::SKIP_REASON_EARLIER_FAILURE);
}

// What it has waited under an earlier daemon counts, unless the clock was set back meanwhile.
TEST_F(SchedulerTest, ARunThatIsTakenUpWaitsForTheRestOfItsQueueTimeout) {
  v1::Plan plan = Plan({"a/api"});
  *plan.mutable_queue_timeout() = ToProto(absl::Hours(1));
  Queued(Plan({"a/web"}));
  Look(1);
  const auto assembled_at = [&](const Clock& wall) {
    assembler_ = std::make_unique<RunAssembler>(*store_, *archives_, ClaimsByCluster{}, wall, boot_,
                                                RunLogOptions{1 << 20, nullptr});
    return Queued(plan);
  };
  const RunPtr waited = assembled_at(later_);
  const RunPtr set_back = assembled_at(earlier_);
  boot_.Pass(absl::Minutes(30));
  Look();
  EXPECT_EQ(table_.Find(waited->id()), nullptr);
  EXPECT_EQ(table_.Find(set_back->id()), set_back);
  boot_.Pass(absl::Minutes(31));
  Look();
  EXPECT_EQ(table_.Find(set_back->id()), nullptr);
}

TEST_F(SchedulerTest, TheNewestRunOfAPlanTakesTheTurnOfTheOneItReplaces) {
  const RunPtr first = Queued(Plan({"a/first"}));
  Look(1);
  const RunPtr old = Queued(Newest({"a/web"}));
  const RunPtr between = Queued(Plan({"a/between"}));
  const RunPtr newer = Queued(Newest({"a/web"}));
  Look();
  EXPECT_EQ(PictureOf(old).superseded_by(), newer->id());
  EXPECT_EQ(PictureOf(newer).in_place_of(), old->id());
  table_.BeginChart(first);
  table_.Freed(first, table_.EndChart(first, 0, false)->follow.freed);
  Look(1);
  EXPECT_THAT(started(), ElementsAre(first->id(), newer->id()));
}

TEST_F(SchedulerTest, ThePlansDeadlineCountsFromItsStart) {
  v1::Plan plan = Plan({"a/web"});
  plan.mutable_deadline()->set_nanos(1);
  const RunPtr run = Queued(plan);
  Look(1);
  EXPECT_TRUE(HasReason(table_.BeginChart(run)->work.Sleep(absl::InfiniteDuration()),
                        Reason::kDeadlineExceeded));
}

TEST_F(SchedulerTest, ARunWhoseStartTheStoreRefusesIsStrandedAndKeepsItsKeys) {
  const RunPtr run = Queued(Plan({"a/web"}));
  // Another daemon's write, say: the run does not stand as its log knows it.
  v1::RunEvent event;
  event.mutable_log()->set_line("unexpected");
  ASSERT_TRUE(assembler_->LogOf(PictureOf(run))->Append(event).ok());
  Look();
  while (table_.Stranded().empty()) ASSERT_TRUE(table_.AwaitStranded());
  EXPECT_THAT(table_.Stranded(), ElementsAre(run));
  Queued(Plan({"a/api"}));
  Look();
  EXPECT_THAT(started(), testing::IsEmpty());
}

TEST_F(SchedulerTest, ItsThreadLooksWheneverTheQueueChanges) {
  scheduler_.Start();
  const RunPtr run = Queued(Plan({"a/web"}));
  {
    MutexLock lock(&mutex_);
    while (started_.empty()) changed_.Wait(&mutex_);
  }
  EXPECT_EQ(CancelRun(table_, Queued(Plan({"a/api"}))->id(), false, "ann"), absl::OkStatus());
  table_.Drain();
  scheduler_.Stop();
  EXPECT_THAT(started(), ElementsAre(run->id()));
}

}  // namespace
}  // namespace wheelhouse::runs

// The daemon ends at each of its writes to the journal, and another one takes the chart up: what it
// comes to is what it would have come to.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <ostream>

#include "common/boot_clock.h"
#include "common/fence.h"
#include "server/kube/fenced_cluster.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "tests/unit/server/lifecycle/chart_archive.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

kube::ObjectId RecordId(int revision) {
  return IdOf("Secret", "shop", absl::StrCat("sh.helm.release.v1.web.v", revision));
}

constexpr char kManifest[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

// Says in the record of a revision how helm ended.
void Describe(FakeKube& kube, int revision, const std::string& description) {
  kube::Json record = kube.Find(RecordId(revision));
  if (record.is_null()) return;
  record["data"]["release"] =
      PackedRelease({{"manifest", kManifest}, {"info", {{"description", description}}}});
  kube.Put(RecordId(revision), record);
}

void DeployedBefore(Surroundings& around) {
  around.kube.PutRecord("shop", "web", 1, "deployed",
                        {{helm::kRevisionLabel, "1"},
                         {helm::kSpecLabel, "other"},
                         {helm::kVerdictLabel, helm::kVerdictGood}},
                        kManifest);
}

void FailingUpgrade(Surroundings& around) {
  around.helm.upgrades = {MakeFailure(Reason::kNotReady, "context deadline exceeded")};
}

// A step of the caller's in each stage that changes something.
void CallersSteps(Surroundings& around) {
  around.kube.Put(IdOf("ConfigMap", "shop", "extra"), kube::Json::object());
  v1::Stages* stages = around.info.mutable_stages();
  for (v1::StagePlan* stage : {stages->mutable_pre_exec(), stages->mutable_post_exec()}) {
    stage->add_before()->mutable_apply()->set_manifests(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n");
  }
}

void WantGreen(Surroundings& around) {
  v1::AssertStep* assertion =
      around.info.mutable_stages()->mutable_validate()->add_after()->mutable_assertion();
  assertion->mutable_object()->set_kind("ConfigMap");
  assertion->mutable_object()->set_name("web");
  assertion->set_json_path(".data.color");
  assertion->set_equals("green");
}

struct Scenario {
  const char* name;
  std::function<void(Surroundings&)> arrange;
};

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  return out << scenario.name;
}

// What can be said of a chart at its end.
struct End {
  std::string outcome;
  std::vector<std::string> left_changed, records, helm, secondary;
  bool operator==(const End&) const = default;
};

std::ostream& operator<<(std::ostream& out, const End& end) {
  out << end.outcome;
  for (const auto* list : {&end.secondary, &end.left_changed, &end.records, &end.helm})
    out << "\n  " << absl::StrJoin(*list, ", ");
  return out;
}

Resume Stood(Surroundings& around) {
  v1::Run run;
  v1::ChartRun* chart = run.add_charts();
  chart->set_namespace_("shop");
  chart->set_name("web");
  chart->set_state(v1::STATE_RUNNING);
  int64_t sequence = 0;
  for (v1::RunEvent event : around.journal.events) {
    event.set_sequence(++sequence);
    if (event.has_transition()) event.mutable_transition()->set_chart("shop/web");
    ApplyEvent(event, &run);
  }
  return {run.charts(0), around.journal.last_note.memory};
}

class ResumeTest : public testing::TestWithParam<Scenario> {
 protected:
  ResumeTest() { WriteChart(archive_); }

  void Arrange(Surroundings& around) {
    around.archives.path = archive_;
    around.kube.Put(IdOf("ConfigMap", "shop", "web"), {{"data", {{"color", "red"}}}});
    around.helm.manifest = kManifest;
    around.helm.after_upgrade = [&](int revision) {
      Describe(around.kube, revision, "Upgrade \"web\" failed: context deadline exceeded");
    };
    around.helm.during_uninstall = [&] {
      for (int revision = 1; revision < 5; ++revision) around.kube.Remove(RecordId(revision));
      around.kube.Remove(IdOf("ConfigMap", "shop", "web"));
    };
    GetParam().arrange(around);
  }

  // The journal takes `writes`, then the daemon ends and the next one goes on. Negative: it does
  // not end. `resumed` says whether it did.
  End Take(int writes, bool* resumed) {
    Surroundings around;
    Arrange(around);
    if (writes >= 0) around.journal.writes_left = writes;
    ChartLifecycle lifecycle(around.services);
    ChartRequest request = around.Request();
    ChartOutcome outcome =
        lifecycle.RunChart(request, around.bounds, around.before_first_change, around.journal);
    *resumed = outcome.interrupted;
    if (outcome.interrupted) {
      request.resume = Stood(around);
      around.journal.writes_left.reset();
      around.kube.on_call = nullptr;
      outcome =
          lifecycle.RunChart(request, around.bounds, around.before_first_change, around.journal);
    }
    lines_ = around.journal.lines;
    return EndOf(outcome, around);
  }

  // The claims are lost at that write of the journal, and are had again afterwards: the chart
  // stands behind a fence, as runs/ puts it. `writes` says how many there were.
  End Lose(int at, int* writes) {
    Surroundings around;
    Arrange(around);
    ChartLifecycle lifecycle(around.services);
    ChartRequest request = around.Request();
    const SystemBootClock clock;
    ChartOutcome outcome;
    do {
      const auto fence = std::make_shared<Fence>(clock);
      kube::FencedCluster cluster(around.cluster, fence);
      request.cluster = &cluster;
      around.journal.on_write = [&](int write) {
        *writes = write;
        if (write == at) fence->Shut(MakeFailure(Reason::kLeaseLost, "frozen"));
      };
      outcome = lifecycle.RunChart(
          request, {around.work.WithFence(fence), Context::Background().WithFence(fence)},
          [&](const Context&) {
            fence->MoveBound(clock.Now() + absl::Hours(1));
            return request.resume.has_value() ? Meanwhile::kSomething : Meanwhile::kPerhaps;
          },
          around.journal);
      if (outcome.interrupted) {
        request.resume = Stood(around);
        request.resume->lost_claims = true;
      }
    } while (outcome.interrupted);
    lines_ = around.journal.lines;
    return EndOf(outcome, around);
  }

  static End EndOf(const ChartOutcome& outcome, Surroundings& around) {
    End end;
    end.outcome =
        absl::StrCat(v1::State_Name(outcome.state), " ", ShortName(outcome.failure.stage()), "/",
                     outcome.failure.step(), " ", outcome.failure.reason());
    for (const auto& one : outcome.failure.left_changed())
      end.left_changed.push_back(absl::StrCat(one.kind(), " ", one.name(), " ", one.change()));
    for (const auto& one : outcome.failure.secondary()) end.secondary.push_back(one.reason());
    for (int revision = 1; revision < 9; ++revision) {
      const kube::Json record = around.kube.Find(RecordId(revision));
      if (record.is_null()) continue;
      end.records.push_back(
          absl::StrCat(revision, " ", kube::Text(record, "/metadata/labels/status"), " ",
                       kube::Text(record, "/metadata/labels/wheelhouse-run"), " ",
                       kube::Text(record, "/metadata/labels/wheelhouse-verdict")));
    }
    for (const std::string& call : around.helm.calls) {
      if (!absl::StartsWith(call, "render")) end.helm.push_back(call);
    }
    return end;
  }

  std::vector<std::string> lines_;  // of the last journal
  const std::string archive_ = absl::StrCat(testing::TempDir(), "/resume-", getpid(), ".tgz");
};

TEST_P(ResumeTest, ComesToTheSameWhereverTheDaemonEnds) {
  bool resumed = false;
  const End whole = Take(-1, &resumed);
  ASSERT_FALSE(resumed);
  int writes = 0;
  for (; writes < 200; ++writes) {
    SCOPED_TRACE(absl::StrCat("ended after ", writes, " writes"));
    const End end = Take(writes, &resumed);
    if (!resumed) break;
    EXPECT_EQ(end, whole) << absl::StrJoin(lines_, "\n");
  }
  EXPECT_GT(writes, 10);
}

TEST_P(ResumeTest, ComesToTheSameWhereverTheClaimsAreLost) {
  int writes = 0, last = 0;
  const End whole = Lose(-1, &last);
  ASSERT_GT(last, 10);
  for (int at = 1; at <= last; ++at) {
    SCOPED_TRACE(absl::StrCat("lost at write ", at));
    EXPECT_EQ(Lose(at, &writes), whole) << absl::StrJoin(lines_, "\n");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Scenarios, ResumeTest,
    testing::Values(Scenario{"Install", [](Surroundings&) {}}, Scenario{"Upgrade", DeployedBefore},
                    Scenario{"UpgradeWithCallersSteps",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               CallersSteps(around);
                             }},
                    Scenario{"FailingInstall", FailingUpgrade},
                    Scenario{"FailingUpgrade",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               CallersSteps(around);
                               FailingUpgrade(around);
                             }},
                    Scenario{"FailingThenRepeated",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               around.info.mutable_upgrade_retry()->set_count(1);
                               FailingUpgrade(around);
                             }},
                    Scenario{"FailingValidation",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               WantGreen(around);
                             }},
                    Scenario{"Destroy",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               around.info.set_action(v1::ACTION_DESTROY);
                               around.info.clear_chart();
                             }},
                    Scenario{"Rollback",
                             [](Surroundings& around) {
                               DeployedBefore(around);
                               around.kube.PutRecord("shop", "web", 2, "deployed");
                               Describe(around.kube, 2, "Upgrade complete");
                               around.info.set_action(v1::ACTION_ROLLBACK);
                               around.info.set_rollback_revision(1);
                               around.info.clear_chart();
                             }}),
    [](const auto& info) { return info.param.name; });

// As SIGTERM leaves it (4.3.1, 3.22.0).
TEST(StoppedHelmTest, TheRevisionThatItLeftIsMadeAgain) {
  const std::string archive = absl::StrCat(testing::TempDir(), "/stopped-", getpid(), ".tgz");
  WriteChart(archive);
  Surroundings around;
  around.archives.path = archive;
  around.kube.Put(IdOf("ConfigMap", "shop", "web"), kube::Json::object());
  around.helm.manifest = kManifest;
  DeployedBefore(around);
  const Context first = Context::Background().WithCancel();
  around.helm.during_upgrade = [&](const Context&) {
    first.Cancel(MakeFailure(Reason::kInterrupted, "shutting down"));
  };
  around.helm.after_upgrade = [&](int revision) {
    Describe(around.kube, revision, "Upgrade \"web\" failed: context canceled");
  };
  ChartLifecycle lifecycle(around.services);
  ChartRequest request = around.Request();
  const Bounds stopped{first, Context::Background()};
  ASSERT_TRUE(
      lifecycle.RunChart(request, stopped, around.before_first_change, around.journal).interrupted);
  request.resume = Stood(around);
  around.helm.during_upgrade = nullptr;
  around.helm.after_upgrade = nullptr;
  const ChartOutcome outcome =
      lifecycle.RunChart(request, around.bounds, around.before_first_change, around.journal);
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_EQ(kube::Text(around.kube.Find(RecordId(2)), "/metadata/labels/status"), "deployed");
  EXPECT_TRUE(around.kube.Find(RecordId(3)).is_null());
}

// The daemon shuts down just when helm has succeeded: which revision helm made cannot be read now.
TEST(ShutdownTest, AHelmThatHasJustSucceededIsSeenAfterTheRestart) {
  const std::string archive = absl::StrCat(testing::TempDir(), "/succeeded-", getpid(), ".tgz");
  WriteChart(archive);
  Surroundings around;
  around.archives.path = archive;
  around.kube.Put(IdOf("ConfigMap", "shop", "web"), kube::Json::object());
  around.helm.manifest = kManifest;
  const Context first = Context::Background().WithCancel();
  around.helm.after_upgrade = [&](int) {
    first.Cancel(MakeFailure(Reason::kInterrupted, "shutting down"));
  };
  ChartLifecycle lifecycle(around.services);
  ChartRequest request = around.Request();
  const Bounds ending{first, first};
  ASSERT_TRUE(
      lifecycle.RunChart(request, ending, around.before_first_change, around.journal).interrupted);
  EXPECT_EQ(around.journal.lines.back(), "exec/helm RUNNING");
  request.resume = Stood(around);
  around.helm.after_upgrade = nullptr;
  const ChartOutcome outcome =
      lifecycle.RunChart(request, around.bounds, around.before_first_change, around.journal);
  EXPECT_EQ(outcome.state, v1::STATE_SUCCEEDED) << outcome.failure.DebugString();
  EXPECT_EQ(std::ranges::count(around.helm.calls, "upgrade"), 1);
}

// The daemon dies when helm has made its revision, and the cluster does not answer the resumed
// chart.
class ResumedTwiceTest : public testing::Test {
 protected:
  ResumedTwiceTest() {
    WriteChart(archive_);
    around_.archives.path = archive_;
    around_.kube.Put(IdOf("ConfigMap", "shop", "web"), kube::Json::object());
    around_.helm.manifest = kManifest;
    around_.helm.after_upgrade = [this](int) { around_.journal.writes_left = 0; };
  }

  void FailNextCheck() {
    around_.kube.FailNext("version", MakeFailure(Reason::kClusterUnreachable, "no route"));
  }
  // The journal takes `writes`, or all. What is interrupted is resumed by the next one.
  ChartOutcome Run(std::optional<int> writes) {
    if (writes.has_value() || request_.resume.has_value()) around_.journal.writes_left = writes;
    ChartOutcome outcome =
        lifecycle_.RunChart(request_, around_.bounds, around_.before_first_change, around_.journal);
    if (outcome.interrupted) request_.resume = Stood(around_);
    return outcome;
  }
  int64_t Uninstalled() const { return std::ranges::count(around_.helm.calls, "uninstall"); }

  const std::string archive_ = absl::StrCat(testing::TempDir(), "/twice-", getpid(), ".tgz");
  Surroundings around_;
  ChartLifecycle lifecycle_{around_.services};
  ChartRequest request_ = around_.Request();
};

TEST_F(ResumedTwiceTest, WhatWasMadeIsUndoneThoughTheSecondCheckFails) {
  ASSERT_TRUE(Run({}).interrupted);
  ASSERT_TRUE(Run(3).interrupted);
  ASSERT_EQ(request_.resume->chart.stages(0).state(), v1::STATE_RUNNING) << "it is checked again";
  FailNextCheck();
  const ChartOutcome outcome = Run({});
  EXPECT_EQ(outcome.state, v1::STATE_FAILED);
  EXPECT_EQ(outcome.failure.reason(), "CLUSTER_UNREACHABLE");
  EXPECT_EQ(Uninstalled(), 1);
}

// The daemon dies again, after each number of writes of the chart whose check fails.
class DiesTwiceTest : public ResumedTwiceTest, public testing::WithParamInterface<int> {};

TEST_P(DiesTwiceTest, WhatWasMadeIsUndoneOrStands) {
  around_.helm.during_uninstall = [this] { around_.kube.Remove(RecordId(1)); };
  ASSERT_TRUE(Run({}).interrupted);
  FailNextCheck();
  ChartOutcome outcome = Run(GetParam());
  if (outcome.interrupted) outcome = Run({});
  SCOPED_TRACE(absl::StrJoin(around_.journal.lines, "\n"));
  const bool stands = !around_.kube.Find(RecordId(1)).is_null();
  EXPECT_EQ(stands, outcome.state == v1::STATE_SUCCEEDED);
  if (stands) return;
  EXPECT_EQ(outcome.failure.reason(), "CLUSTER_UNREACHABLE");
  EXPECT_EQ(outcome.failure.left_changed_size(), 0) << outcome.failure.DebugString();
}

TEST_P(DiesTwiceTest, AResumedChartIsCheckedOnce) {
  ASSERT_TRUE(Run({}).interrupted);
  FailNextCheck();
  if (!Run(GetParam()).interrupted) return;
  const size_t known = around_.journal.lines.size();
  Run({});
  EXPECT_LE(std::count(around_.journal.lines.begin() + static_cast<std::ptrdiff_t>(known),
                       around_.journal.lines.end(), "check_prerequisites RUNNING"),
            1);
}

INSTANTIATE_TEST_SUITE_P(Writes, DiesTwiceTest, testing::Range(0, 40));

}  // namespace
}  // namespace wheelhouse::lifecycle

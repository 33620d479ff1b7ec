#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/steps/callers/step_registry.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A cluster that ends each Job as the test says, once it is looked at.
class RunJobTest : public testing::Test {
 protected:
  RunJobTest() {
    job_ = step_.mutable_run_job();
    job_->set_image("tools/migrate:1");
    around_.chart().report.MoveTo({v1::STAGE_PRE_EXEC, "migrate", 1});
    around_.kube.on_call = [this](const std::string& call) {
      if (absl::StartsWith(call, "create Job ")) name_ = call.substr(16);
      if (absl::StartsWith(call, "delete Job ")) deleted_.push_back(call.substr(16));
      if (absl::StartsWith(call, "get Job ") && !ends_.empty()) End();
      if (absl::StartsWith(call, "get Job ") && !name_.empty() && on_look_) on_look_();
    };
  }
  kube::ObjectId Id() const { return IdOf("Job", "shop", name_); }
  void End() {
    kube::Json job = around_.kube.Find(Id());
    if (job.is_null()) return;
    made_ = job;
    job["status"]["conditions"] = {{{"type", ends_}, {"status", "True"}, {"reason", "Why"}}};
    around_.kube.Put(Id(), job);
    around_.kube.Put(IdOf("Pod", "shop", "p"),
                     {{"metadata", {{"labels", {{"job-name", name_}}}}},
                      {"spec", {{"containers", {{{"name", "job"}}}}}},
                      {"status",
                       {{"phase", ends_ == "Complete" ? "Succeeded" : "Failed"},
                        {"containerStatuses",
                         {{{"name", "job"}, {"state", {{"terminated", {{"exitCode", 0}}}}}}}}}}});
  }
  std::unique_ptr<Step> Make() { return FindCallerStep(step_)->make(step_, {.name = "migrate"}); }
  absl::StatusOr<StepResult> Run() {
    return Make()->Execute(around_.work, around_.chart(), around_.known());
  }
  // Until it has seen that the Job runs; then its time is over, and `why` says so.
  absl::Status RunUntil(const absl::Status& why) {
    ends_ = "";
    const Context bounded = around_.work.WithCancel();
    on_look_ = [&bounded, &why, looks = 0]() mutable {
      if (++looks == 2) bounded.Cancel(why);
    };
    absl::Status ended = Make()->Execute(bounded, around_.chart(), around_.known()).status();
    on_look_ = nullptr;
    return ended;
  }

  Surroundings around_;
  v1::Step step_;
  v1::RunJobStep* job_;
  std::string ends_ = "Complete";
  std::string name_;
  kube::Json made_;  // the Job, as it was made
  std::vector<std::string> deleted_;
  std::function<void()> on_look_;  // at the Job
};

TEST_F(RunJobTest, TheJobIsMadeAsWrittenAndDeletedWhenItIsDone) {
  around_.payload()["to"] = "v2";
  job_->add_command("/migrate");
  job_->add_args("--to=${payload.to}");
  (*job_->mutable_env())["TO"] = "${payload.to}; $(reboot)";
  job_->add_env_from_secrets("db");
  job_->set_service_account("migrator");
  (*job_->mutable_labels())["team"] = "a";
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  const kube::Json pod = made_["spec"]["template"]["spec"];
  EXPECT_EQ(pod["containers"][0],
            (kube::Json{{"name", "job"},
                        {"image", "tools/migrate:1"},
                        {"command", {"/migrate"}},
                        {"args", {"--to=v2"}},
                        {"env", {{{"name", "TO"}, {"value", "v2; $(reboot)"}}}},
                        {"envFrom", {{{"secretRef", {{"name", "db"}}}}}}}));
  EXPECT_EQ(pod["serviceAccountName"], "migrator");
  EXPECT_EQ(pod["restartPolicy"], "Never");
  EXPECT_EQ(made_["spec"]["template"]["metadata"]["labels"]["team"], "a");
  EXPECT_EQ(made_["spec"]["backoffLimit"], 0);
  EXPECT_THAT(deleted_, ElementsAre(name_));
}

TEST_F(RunJobTest, WhatItsPodsPrintIsStreamed) {
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(around_.journal.logs, ElementsAre("p: log of p"));
  EXPECT_THAT(around_.payload(), IsEmpty());
}

TEST_F(RunJobTest, WhatItPrintedMayBecomeAPayloadEntry) {
  job_->set_stdout_to_payload("said");
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(around_.payload()["said"], "log of p");
}

TEST_F(RunJobTest, OneThatFailsIsNamedWithTheEndOfItsLogAlsoWithoutEarlyFailure) {
  around_.known().asked.info.mutable_early_failure()->set_off(true);
  ends_ = "Failed";
  const absl::Status status = Run().status();
  EXPECT_TRUE(HasReason(status, Reason::kStepFailed)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Job shop/" + name_));
  EXPECT_THAT(std::string(status.message()), HasSubstr("p said last: log of p"));
  EXPECT_THAT(deleted_, ElementsAre(name_));
}

TEST_F(RunJobTest, ItIsDeletedWhenTimeIsOver) {
  const absl::Status status = RunUntil(MakeFailure(Reason::kStepFailed, "over"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("waiting for Job shop/" + name_));
  EXPECT_THAT(deleted_, ElementsAre(name_));
}

TEST_F(RunJobTest, ItGoesOnWhenTheDaemonEndsAndIsFoundAgain) {
  EXPECT_TRUE(
      HasReason(RunUntil(MakeFailure(Reason::kInterrupted, "shutdown")), Reason::kInterrupted));
  EXPECT_THAT(deleted_, IsEmpty());
  const std::string first = name_;
  EXPECT_FALSE(*Make()->WasDone(around_.work, around_.chart(), around_.known())) << "it runs still";
  ends_ = "Complete";
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(name_, first);
  EXPECT_THAT(deleted_, ElementsAre(first));
}

TEST_F(RunJobTest, OneThatEndedMeanwhileIsNotRunAgain) {
  job_->set_stdout_to_payload("said");
  EXPECT_FALSE(RunUntil(MakeFailure(Reason::kInterrupted, "shutdown")).ok());
  ends_ = "Complete";
  EXPECT_TRUE(*Make()->WasDone(around_.work, around_.chart(), around_.known()));
  EXPECT_EQ(around_.payload()["said"], "log of p");
  EXPECT_THAT(deleted_, ElementsAre(name_));
  around_.payload().clear();
  EXPECT_TRUE(*Make()->WasDone(around_.work, around_.chart(), around_.known()))
      << "also without its Job";
  EXPECT_EQ(around_.payload()["said"], "log of p");
}

TEST_F(RunJobTest, ANewTryHasAJobOfItsOwn) {
  ASSERT_TRUE(Run().ok());
  const std::string first = name_;
  around_.chart().report.MoveTo({v1::STAGE_PRE_EXEC, "migrate", 2});
  ASSERT_TRUE(Run().ok());
  EXPECT_NE(name_, first);
}

TEST_F(RunJobTest, OneThatCannotBeMadeFails) {
  around_.kube.on_call = [this](const std::string& call) {
    if (absl::StartsWith(call, "create Job "))
      around_.kube.FailNext(call, MakeFailure(Reason::kPermissionDenied, "no"));
  };
  EXPECT_TRUE(HasReason(Run().status(), Reason::kPermissionDenied));
  EXPECT_THAT(around_.known().trail.left_changed(), IsEmpty());
}

}  // namespace
}  // namespace wheelhouse::lifecycle

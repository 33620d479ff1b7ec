// Steps that meet what is rare on a cluster.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "server/lifecycle/core/when.h"
#include "server/lifecycle/steps/callers/step_registry.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class StepsTest : public testing::Test {
 protected:
  absl::StatusOr<StepResult> Run(const std::unique_ptr<Step>& step) {
    return step->Execute(around_.work, around_.chart(), around_.known());
  }
  Surroundings around_;
};

class NamespaceStepTest : public StepsTest {
 protected:
  const kube::ObjectId id_ = IdOf("Namespace", "", "shop");
  absl::StatusOr<StepResult> Run() { return StepsTest::Run(MakeNamespaceStep()); }
};

TEST_F(NamespaceStepTest, ANamespaceThatAnotherChartMadeMeanwhileIsTaken) {
  around_.kube.Remove(id_);
  (*around_.info.mutable_namespace_labels())["team"] = "a";
  around_.kube.on_call = [this](const std::string& call) {
    if (call == "create Namespace shop") around_.kube.Put(id_, kube::Json::object());
  };
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->outcome, "labelled shop");
  EXPECT_EQ(kube::Text(around_.kube.Find(id_), "/metadata/labels/team"), "a");
}

TEST_F(NamespaceStepTest, ANamespaceThatIsBeingDeletedIsWaitedForAndMadeAnew) {
  around_.kube.Put(id_, {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}});
  int looks = 0;
  around_.kube.on_call = [&](const std::string& call) {
    if (call == "get Namespace shop" && ++looks == 2) around_.kube.Remove(id_);
  };
  const auto result = Run();
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->outcome, "created shop");
  EXPECT_THAT(around_.journal.waited_for, ElementsAre("Namespace shop is being deleted"));
}

TEST_F(NamespaceStepTest, OneThatDoesNotGoIsNamedWhenTimeIsOver) {
  around_.kube.Put(id_, {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}});
  const Context bounded = around_.work.WithTimeout(absl::Milliseconds(100),
                                                   MakeFailure(Reason::kStepFailed, "time is up"));
  const auto result = MakeNamespaceStep()->Execute(bounded, around_.chart(), around_.known());
  EXPECT_THAT(FailureOf(result.status()).message(), HasSubstr("Namespace shop"));
}

TEST_F(StepsTest, AReleaseInANamespaceThatIsBeingDeletedIsAsGoodAsGone) {
  around_.kube.Put(IdOf("Namespace", "", "shop"),
                   {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}});
  around_.kube.PutRecord("shop", "web", 1, "deployed");
  ASSERT_TRUE(Run(MakeStateStep()).ok());
  EXPECT_TRUE(around_.known().found.records.empty());
}

class CommandStepTest : public StepsTest {
 protected:
  CommandStepTest() { around_.services.commands["tool"] = {{"/bin/tool", "--fixed"}, {}}; }
  absl::StatusOr<StepResult> RunCommand(const std::string& key = "", const char* name = "tool") {
    v1::CommandStep* command = step_.mutable_command();
    command->set_command(name);
    command->set_stdout_to_payload(key);
    return Run(FindCallerStep(step_)->make(step_, {.name = "run"}));
  }
  v1::Step step_;
};

TEST_F(CommandStepTest, StdoutGoesToThePayloadWithoutItsLastNewline) {
  around_.processes.result.out = "a\nb\n";
  ASSERT_TRUE(RunCommand("out").ok());
  EXPECT_EQ(around_.payload()["out"], "a\nb");
  EXPECT_THAT(around_.journal.logs, testing::IsEmpty());
}

TEST_F(CommandStepTest, StdoutIsStreamedWhereItGoesNowhereElse) {
  around_.processes.result.out = "hello";
  ASSERT_TRUE(RunCommand().ok());
  EXPECT_THAT(around_.journal.logs, ElementsAre("stdout: hello"));
}

TEST_F(CommandStepTest, TooMuchForThePayloadFails) {
  around_.processes.result.out = std::string(64 << 10, 'a');
  EXPECT_TRUE(RunCommand("out").ok());
  around_.processes.result.out += "b";
  const auto result = RunCommand("out");
  EXPECT_TRUE(HasReason(result.status(), Reason::kStepFailed));
  EXPECT_THAT(FailureOf(result.status()).message(), HasSubstr("over 64 KiB"));
}

TEST_F(CommandStepTest, WhatIsNotTextFails) {
  around_.processes.result.out = "\xff\xfe";
  EXPECT_THAT(FailureOf(RunCommand("out").status()).message(), HasSubstr("not UTF-8"));
}

TEST_F(CommandStepTest, ArgumentsFollowTheOperatorsAndTakeThePayload) {
  around_.payload()["who"] = "you";
  step_.mutable_command()->add_args("hello ${payload.who}; $(reboot)");
  ASSERT_TRUE(RunCommand().ok());
  EXPECT_THAT(around_.processes.last().argv,
              ElementsAre("/bin/tool", "--fixed", "hello you; $(reboot)"));
  step_.mutable_command()->add_args("${payload.nobody}");
  EXPECT_THAT(FailureOf(RunCommand().status()).message(), HasSubstr("nobody"));
}

TEST_F(CommandStepTest, AnExitCodeFailsWithTheEndOfItsWords) {
  around_.processes.result = {.exit_code = 3, .err = std::string(1000, 'x') + " the cause\n"};
  const std::string message = FailureOf(RunCommand().status()).message();
  EXPECT_THAT(message, HasSubstr("the command tool exited with 3: ..."));
  EXPECT_THAT(message, testing::EndsWith("the cause"));
}

TEST_F(CommandStepTest, OneThatTakesMoreThanItMayIsNamedWithTheBound) {
  const auto failure = [this] { return FailureOf(RunCommand().status()); };
  around_.processes.result = {.exit_code = 1, .err = "Traceback:\nMemoryError\n"};
  EXPECT_EQ(failure().reason(), "CHILD_OUT_OF_MEMORY");
  EXPECT_THAT(failure().message(),
              HasSubstr("the command tool needed more memory than children.memoryBytes"));
  around_.processes.result = {.exit_code = 128 + SIGXCPU, .signal = SIGXCPU};
  EXPECT_EQ(failure().reason(), "CHILD_OUT_OF_CPU");
}

TEST_F(CommandStepTest, OneThatIsNotListedIsRefusedBeforeAnythingIsChanged) {
  v1::Step* step = around_.info.mutable_stages()->mutable_post_exec()->add_after();
  step->set_name("smoke");
  step->mutable_command()->set_command("other");
  const auto result = Run(MakeRightsStep());
  EXPECT_TRUE(HasReason(result.status(), Reason::kPermissionDenied));
  const std::string message = FailureOf(result.status()).message();
  EXPECT_THAT(message, HasSubstr("post_exec/smoke"));
  EXPECT_THAT(message, HasSubstr("not listed a command named other; it has listed: tool"));
}

TEST_F(StepsTest, AProbeOfAnAddressThatIsNotAllowedIsRefusedBeforeAnythingIsChanged) {
  v1::Step* step = around_.info.mutable_stages()->mutable_validate()->add_after();
  step->mutable_probe()->mutable_http()->set_url("http://127.0.0.1:81/?token=SECRET");
  const auto result = Run(MakeRightsStep());
  EXPECT_TRUE(HasReason(result.status(), Reason::kTargetNotAllowed));
  const std::string message = FailureOf(result.status()).message();
  EXPECT_THAT(message, HasSubstr("127.0.0.1:81"));
  EXPECT_THAT(message, testing::Not(HasSubstr("SECRET")));
}

TEST_F(StepsTest, AStepThatDoesNotRunForTheActionNeedsNoPermission) {
  v1::Step* step = around_.info.mutable_stages()->mutable_validate()->add_after();
  step->mutable_probe()->mutable_http()->set_url("http://127.0.0.1:81/");
  step->mutable_when()->add_actions(v1::STEP_ACTION_DESTROY);
  EXPECT_TRUE(Run(MakeRightsStep()).ok());
}

// Steps that ask until it is so: each further look is an hour later.
class HoldTest : public StepsTest {
 protected:
  HoldTest() {
    around_.kube.Put(color_, {{"data", {{"color", "red"}}}});
    around_.kube.on_call = [this](const std::string& call) {
      if (call != look_) return;
      if (++looks_ > 1) around_.clock.Pass(absl::Hours(1));
      if (looks_ == blue_at_) around_.kube.Put(color_, {{"data", {{"color", "blue"}}}});
      if (looks_ == blue_at_ + 1) around_.kube.Put(color_, {{"data", {{"color", "red"}}}});
    };
  }
  absl::StatusOr<StepResult> RunStep() {
    return Run(FindCallerStep(step_)->make(step_, {.name = "step"}));
  }
  void AssertRedForAnHour() {
    step_.mutable_assertion()->mutable_object()->set_kind("ConfigMap");
    step_.mutable_assertion()->mutable_object()->set_name("colors");
    step_.mutable_assertion()->set_json_path(".data.color");
    step_.mutable_assertion()->set_equals("red");
    step_.mutable_assertion()->mutable_hold()->set_seconds(3600);
  }
  const kube::ObjectId color_ = IdOf("ConfigMap", "shop", "colors");
  std::string look_ = "get ConfigMap shop/colors";
  int looks_ = 0;
  int blue_at_ = -5;
  v1::Step step_;
};

TEST_F(HoldTest, WhatIsAssertedMustStaySo) {
  AssertRedForAnHour();
  ASSERT_TRUE(RunStep().ok());
  EXPECT_EQ(looks_, 2);
  EXPECT_THAT(around_.journal.waited_for,
              ElementsAre("ConfigMap shop/colors as expected for 0 of 1h"));
}

TEST_F(HoldTest, AnAssertionFailsWithTheFirstLookThatSeesSomethingElse) {
  AssertRedForAnHour();
  blue_at_ = 2;
  const auto result = RunStep();
  EXPECT_TRUE(HasReason(result.status(), Reason::kValidationFailed)) << result.status();
}

TEST_F(HoldTest, WhatIsWaitedForBeginsAnewAfterABreak) {
  v1::WaitForStep* wait = step_.mutable_wait_for();
  wait->add_objects()->set_kind("ConfigMap");
  wait->mutable_objects(0)->set_name("colors");
  wait->mutable_json_path()->set_path(".data.color");
  wait->mutable_json_path()->set_equals("red");
  wait->mutable_hold()->set_seconds(3600);
  blue_at_ = 2;
  ASSERT_TRUE(RunStep().ok());
  EXPECT_EQ(looks_, 4);
  EXPECT_THAT(around_.journal.waited_for,
              ElementsAre("ConfigMap shop/colors as expected for 0 of 1h",
                          "ConfigMap shop/colors .data.color is blue",
                          "ConfigMap shop/colors as expected for 0 of 1h"));
}

TEST_F(HoldTest, AProbeCountsAnswersInARow) {
  v1::ServiceProbe* service = step_.mutable_probe()->mutable_service();
  service->set_name("web");
  service->set_port("80");
  step_.mutable_probe()->set_successes(2);
  around_.kube.on_call = [this](const std::string& call) {
    if (call == "ask shop/web:80/") around_.kube.service.status = ++looks_ == 2 ? 503 : 200;
  };
  ASSERT_TRUE(RunStep().ok());
  EXPECT_EQ(looks_, 4);
  EXPECT_THAT(around_.journal.waited_for,
              ElementsAre("Service shop/web:80 answers as expected 1 of 2 times",
                          "Service shop/web:80 answers 503, expected 200 to 399",
                          "Service shop/web:80 answers as expected 1 of 2 times"));
}

class ServiceProbeTest : public HoldTest {
 protected:
  ServiceProbeTest() {
    step_.mutable_probe()->mutable_service()->set_name("web");
    step_.mutable_probe()->mutable_service()->set_port("80");
  }
};

TEST_F(ServiceProbeTest, TheApiServersWordsForAServiceThatItDoesNotReachAreTold) {
  around_.kube.service = {503, "", "no endpoints available"};
  around_.kube.on_call = [this](const std::string&) {
    if (++looks_ == 2) around_.kube.service = {200, ""};
  };
  ASSERT_TRUE(RunStep().ok());
  EXPECT_THAT(around_.journal.waited_for,
              ElementsAre(HasSubstr("the API server says: no endpoints available")));
}

TEST_F(ServiceProbeTest, WithoutTheRightToTheProxyItFailsAtOnce) {
  around_.kube.FailNext("ask shop/web:80/", MakeFailure(Reason::kPermissionDenied, "no"));
  EXPECT_TRUE(HasReason(RunStep().status(), Reason::kPermissionDenied));
}

TEST_F(ServiceProbeTest, AnotherNamespaceThanTheRunsIsNotAsked) {
  step_.mutable_probe()->mutable_service()->set_namespace_("theirs");
  EXPECT_TRUE(HasReason(RunStep().status(), Reason::kNamespaceNotAllowed));
}

class WhenTest : public StepsTest {
 protected:
  bool HoldsFor(const std::string& installed, const std::string& range) {
    around_.known().trail.set_installed_version(installed);
    v1::When when;
    when.set_installed_version(range);
    return *Holds(around_.work, around_.chart(), around_.known().trail, when);
  }
};

TEST_F(WhenTest, TheInstalledVersionMustBeInTheRange) {
  EXPECT_TRUE(HoldsFor("1.4.0", ">=1.0 <2"));
  EXPECT_FALSE(HoldsFor("2.0.0", ">=1.0 <2"));
  EXPECT_FALSE(HoldsFor("", ">=0")) << "nothing is installed";
  EXPECT_FALSE(HoldsFor("no version", ">=0"));
}

TEST_F(WhenTest, APayloadEntryMustBeEqual) {
  v1::When when;
  when.mutable_payload()->set_key("mode");
  when.mutable_payload()->set_equals("");
  EXPECT_FALSE(*Holds(around_.work, around_.chart(), around_.known().trail, when))
      << "no step has set it";
  around_.payload()["mode"] = "";
  EXPECT_TRUE(*Holds(around_.work, around_.chart(), around_.known().trail, when));
}

TEST_F(WhenTest, AnExpressionReadsWhatTheRunKnows) {
  around_.known().trail.set_installed_version("1.4.0");
  around_.payload()["mode"] = "blue";
  const auto ask = [&](const std::string& expression) {
    v1::When when;
    when.set_expression(expression);
    return Holds(around_.work, around_.chart(), around_.known().trail, when,
                 {v1::DECISION_UPGRADE, "nginx", "2.0.0"});
  };
  EXPECT_TRUE(*ask("action == 'DEPLOY' && decision == 'UPGRADE'"));
  EXPECT_TRUE(*ask("release == {'name': 'web', 'namespace': 'shop'}"));
  EXPECT_TRUE(*ask("chart.name == 'nginx' && chart.version != installed_version"));
  EXPECT_TRUE(*ask("payload.mode in ['blue', 'green']"));
  EXPECT_FALSE(*ask("payload.?none.orValue('') == 'x'"));
  EXPECT_TRUE(HasReason(ask("payload.none == 'x'").status(), Reason::kStepFailed));
  EXPECT_THAT(std::string(ask("payload.none == 'x'").status().message()),
              HasSubstr("column 9: no such key: none"));
  EXPECT_TRUE(HasReason(ask("payload.mode").status(), Reason::kStepFailed));
}

TEST_F(WhenTest, AnExpressionIsOneConditionOfSeveral) {
  v1::When when;
  when.set_expression("true");
  when.mutable_payload()->set_key("mode");
  when.mutable_payload()->set_equals("blue");
  EXPECT_FALSE(*Holds(around_.work, around_.chart(), around_.known().trail, when));
  around_.payload()["mode"] = "blue";
  EXPECT_TRUE(*Holds(around_.work, around_.chart(), around_.known().trail, when));
  when.set_expression("false");
  EXPECT_FALSE(*Holds(around_.work, around_.chart(), around_.known().trail, when));
  EXPECT_TRUE(*Holds(around_.work, around_.chart(), around_.known().trail, KnownBefore(when)));
}

TEST_F(WhenTest, NoRecordIsReadWhereNobodyAsks) {
  around_.kube.PutRecord("shop", "web", 1, "deployed");
  std::vector<std::string> calls;
  around_.kube.on_call = [&](const std::string& call) { calls.push_back(call); };
  ASSERT_TRUE(Run(MakeStateStep()).ok());
  EXPECT_THAT(calls, testing::Not(Contains(HasSubstr("get Secret"))));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

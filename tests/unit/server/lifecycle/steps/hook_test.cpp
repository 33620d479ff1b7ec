// The step hook: what is journalled, what a hook may ask for, and how a call goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/callers/step_registry.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A worker that does what the test says.
class FakeHooks final : public HookCaller {
 public:
  absl::StatusOr<v1::Result> Call(const Context& context, const HookRequest& request,
                                  HookHost& host) override {
    requests.push_back(request);
    return call(context, request, host);
  }
  void Forget(const std::string&, const v1::Attempt& attempt) override {
    forgotten.push_back(attempt.attempt());
  }

  std::function<absl::StatusOr<v1::Result>(const Context&, const HookRequest&, HookHost&)> call;
  std::vector<HookRequest> requests;
  std::vector<int> forgotten;
};

class HookTest : public testing::Test {
 protected:
  HookTest() {
    around_.services.hooks = &hooks_;
    around_.request.caller = "unix:ci";
    around_.info.add_plain_values("known.password");
    hook_ = step_.mutable_hook();
    hook_->set_name("drain");
    hook_->set_effect(v1::HOOK_EFFECT_REPEATABLE);
    hook_->mutable_heartbeat()->set_seconds(30);
    hooks_.call = [this](const Context& context, const HookRequest& request, HookHost& host) {
      return Work(context, request, host);
    };
    around_.chart().report.MoveTo({v1::STAGE_PRE_EXEC, "call", 1});
  }

  // Begins, asks for what `asks_` has, and ends with `result_`.
  absl::StatusOr<v1::Result> Work(const Context& context, const HookRequest& request,
                                  HookHost& host) {
    RETURN_IF_ERROR(host.Begin(request.attempts + 1, "worker", "v7"));
    for (const v1::ClusterRequest& ask : asks_) answers_.push_back(host.Do(context, ask));
    if (lost_) return MakeFailure(Reason::kInterrupted, "shutdown");
    RETURN_IF_ERROR(host.End(result_));
    return result_;
  }
  absl::StatusOr<StepResult> Run() {
    return Make()->Execute(around_.work, around_.chart(), around_.known());
  }
  absl::StatusOr<bool> WasDone() {
    return Make()->WasDone(around_.work, around_.chart(), around_.known());
  }
  std::unique_ptr<Step> Make() { return FindCallerStep(step_)->make(step_, {.name = "call"}); }
  const Trail& trail() { return around_.known().trail; }
  void Values(const std::string& file) {
    around_.known().asked.info.add_values_files()->set_content(file);
  }
  static v1::ClusterRequest Apply(const std::string& ns = "shop") {
    v1::ClusterRequest request;
    request.mutable_apply()->set_manifests(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: " + ns + "}\n");
    return request;
  }

  Surroundings around_;
  FakeHooks hooks_;
  v1::Step step_;
  v1::HookStep* hook_;
  std::vector<v1::ClusterRequest> asks_;
  std::vector<v1::ClusterResponse> answers_;
  v1::Result result_;
  bool lost_ = false;
};

TEST_F(HookTest, TheHookIsGivenWhatThePlanSaysAndWhatIsKnown) {
  (*hook_->mutable_input()->mutable_fields())["queue"].set_string_value("orders");
  around_.payload()["schema"] = "3";
  around_.known().decided.decision = v1::DECISION_UPGRADE;
  result_.set_outcome("drained");
  const auto done = Run();
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->outcome, "drained");
  const HookRequest& request = hooks_.requests.at(0);
  EXPECT_EQ(request.owner, "unix:ci");
  EXPECT_EQ(request.invoke.input().fields().at("queue").string_value(), "orders");
  EXPECT_EQ(request.invoke.payload().at("schema"), "3");
  EXPECT_EQ(request.invoke.chart().decision(), v1::DECISION_UPGRADE);
  EXPECT_EQ(request.invoke.chart().name(), "web");
  EXPECT_THAT(request.invoke.chart().namespaces(), ElementsAre("shop"));
}

TEST_F(HookTest, AnAttemptIsInTheTrailBeforeItBeginsAndItsResultWhenItHasEnded) {
  (*result_.mutable_payload())["schema"] = "4";
  ASSERT_TRUE(Run().ok());
  ASSERT_EQ(around_.journal.transitions.size(), 2u);
  EXPECT_EQ(around_.journal.transitions[0].outcome(), "attempt 1 goes to worker");
  EXPECT_EQ(around_.journal.transitions[1].outcome(), "");  // the step's end says it
  EXPECT_EQ(around_.payload()["schema"], "4");
  EXPECT_EQ(trail().hook_versions().at("drain"), "v7");
  EXPECT_TRUE(*WasDone());
  EXPECT_THAT(hooks_.forgotten, ElementsAre(1));
}

TEST_F(HookTest, TheStepSaysWhatItWaitsForOnceNoWorkerHasIt) {
  hooks_.call = [this](const Context& context, const HookRequest& request,
                       HookHost& host) -> absl::StatusOr<v1::Result> {
    RETURN_IF_ERROR(host.Begin(1, "gone", "v7"));
    RETURN_IF_ERROR(host.Waits("waits for a worker"));
    return Work(context, request, host);
  };
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(around_.journal.transitions.at(1).outcome(), "waits for a worker");
}

TEST_F(HookTest, AnAttemptThatIsLeftToItsWorkerIsResumedWithTheSameId) {
  lost_ = true;
  EXPECT_TRUE(HasReason(Run().status(), Reason::kInterrupted));
  EXPECT_FALSE(*WasDone());
  lost_ = false;
  ASSERT_TRUE(Run().ok());
  EXPECT_TRUE(hooks_.requests.at(1).begun);
  EXPECT_EQ(hooks_.requests[1].attempts, 1);
  EXPECT_EQ(hooks_.requests[0].invoke.attempt().id(), hooks_.requests[1].invoke.attempt().id());
}

TEST_F(HookTest, AnotherTryIsAnotherAttemptOfTheSameCallAndAnotherAttemptOfExecAnotherCall) {
  result_.mutable_failure()->set_retryable(true);
  EXPECT_FALSE(Run().ok());
  EXPECT_FALSE(Run().ok());
  EXPECT_FALSE(hooks_.requests.at(1).begun);
  EXPECT_EQ(hooks_.requests[1].attempts, 1);
  EXPECT_EQ(hooks_.requests[0].invoke.attempt().id(), hooks_.requests[1].invoke.attempt().id());
  around_.chart().report.MoveTo({v1::STAGE_EXEC, "call", 1});
  EXPECT_FALSE(Run().ok());
  around_.known().trail.set_attempt(2);
  EXPECT_FALSE(Run().ok());
  EXPECT_NE(hooks_.requests.at(2).invoke.attempt().id(),
            hooks_.requests.at(3).invoke.attempt().id());
}

TEST_F(HookTest, AFailureSaysWhetherItMayBeTriedAgain) {
  result_.mutable_failure()->set_message("the queue is not empty");
  result_.mutable_failure()->set_reason("QUEUE_NOT_EMPTY");
  const absl::Status failed = Run().status();
  EXPECT_TRUE(HasReason(failed, Reason::kStepFailed));
  EXPECT_THAT(FailureOf(failed).message(), HasSubstr("the queue is not empty"));
  EXPECT_EQ(FailureOf(failed).details().at("hook_reason"), "QUEUE_NOT_EMPTY");
  EXPECT_TRUE(IsFinal(failed));
  EXPECT_TRUE(HasReason(WasDone().status(), Reason::kStepFailed)) << "it is not done again";
  result_.mutable_failure()->set_retryable(true);
  EXPECT_FALSE(IsFinal(Run().status()));
  EXPECT_FALSE(*WasDone());
}

TEST_F(HookTest, WhatItChangesIsLeftChangedAndJournalledBeforeItIsAnswered) {
  asks_ = {Apply()};
  result_.mutable_failure()->set_message("later");
  EXPECT_FALSE(Run().ok());
  EXPECT_EQ(answers_.at(0).outcome(), "applied 1 objects");
  std::vector<std::string> changed;
  for (const auto& one : trail().left_changed()) changed.push_back(one.reported().name());
  EXPECT_THAT(changed, Contains("shop/a"));
  Trail journalled;
  ASSERT_TRUE(journalled.ParseFromString(around_.journal.last_note.memory));
  EXPECT_EQ(around_.journal.transitions.at(1).outcome(),
            "apply ConfigMap shop/a: applied 1 objects");
}

TEST_F(HookTest, WhatItAsksForIsJournalledWithItsObjectsAndWhatCameOfIt) {
  v1::ClusterRequest remove;
  for (int i = 0; i < 12; ++i) {
    v1::ObjectRef* ref = remove.mutable_delete_()->add_objects();
    ref->set_kind("ConfigMap");
    ref->set_name(absl::StrCat("gone-", i));
  }
  asks_ = {Apply("other"), remove};
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(around_.journal.transitions.at(1).outcome(),
              HasSubstr("apply ConfigMap other/a: refused: NAMESPACE_NOT_ALLOWED: "));
  EXPECT_THAT(around_.journal.transitions.at(2).outcome(),
              HasSubstr("ConfigMap gone-9 and 2 more: deleted 0 of 12 objects"));
}

TEST_F(HookTest, ItIsGivenTheValuesThatThePlanNamesAsJson) {
  Values("{image: {tag: v1}, replicas: 3, other: x}");
  for (const char* path : {"image", "replicas", "unknown"}) hook_->add_values(path);
  ASSERT_TRUE(Run().ok());
  const auto& values = hooks_.requests.at(0).invoke.chart().values();
  EXPECT_EQ(values.size(), 2u);
  EXPECT_EQ(values.at("image"), R"({"tag":"v1"})");
  EXPECT_EQ(values.at("replicas"), "3");
}

TEST_F(HookTest, ASecretIsGivenOnlyWhereThePlanSaysSoAndItsPathIsNamed) {
  Values("{db: {password: hunter2-hunter2}, url: 'http://u:hunter3-hunter3@db/', n: 1}");
  hook_->add_values("db");
  hook_->add_values("url");
  hook_->add_values("n");
  const absl::Status refused = Run().status();
  EXPECT_TRUE(HasReason(refused, Reason::kValuesInvalid));
  EXPECT_TRUE(IsFinal(refused));
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("db.password, url are secrets"));
  EXPECT_THAT(FailureOf(refused).message(), Not(HasSubstr("hunter")));
  EXPECT_THAT(hooks_.requests, IsEmpty());
  hook_->clear_values();
  hook_->add_secret_values("db.password");
  hook_->add_secret_values("url");
  result_.set_outcome("it is hunter2-hunter2 at http://u:hunter3-hunter3@db/");
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(hooks_.requests.at(0).invoke.chart().values().at("db.password"), "\"hunter2-hunter2\"");
  EXPECT_THAT(around_.journal.transitions.back().outcome(), Not(HasSubstr("hunter")));
}

TEST_F(HookTest, WhatIsDeclaredPlainIsGivenAndSoAreLongLines) {
  Values("{known: {password: not-secret}, line: " + std::string(20'000, 'x') + "}");
  hook_->add_values("known");
  hook_->add_values("line");
  ASSERT_TRUE(Run().ok());
  const auto& values = hooks_.requests.at(0).invoke.chart().values();
  EXPECT_EQ(values.at("known"), R"({"password":"not-secret"})");
  EXPECT_EQ(values.at("line").size(), 20'002u);
}

TEST_F(HookTest, ASecretAtTheEndOfALongLineIsOne) {
  Values("{line: '" + std::string(20'000, 'x') + " http://u:hunter3-hunter3@db/'}");
  hook_->add_values("line");
  EXPECT_TRUE(HasReason(Run().status(), Reason::kValuesInvalid));
}

TEST_F(HookTest, ValuesThatAreTooLargeAreRefused) {
  Values("a: " + std::string((64 << 10) + 1, 'x'));
  hook_->add_values("a");
  const absl::Status refused = Run().status();
  EXPECT_TRUE(HasReason(refused, Reason::kValuesInvalid));
  EXPECT_THAT(FailureOf(refused).message(), HasSubstr("more than 64 KiB, at a"));
}

TEST_F(HookTest, ItReachesTheNamespacesOfTheRunOnly) {
  v1::ClusterRequest get;
  get.mutable_get()->set_kind("ConfigMap");
  get.mutable_get()->set_name("a");
  get.mutable_get()->set_namespace_("other");
  v1::ClusterRequest log;
  log.mutable_log()->set_pod("p");
  log.mutable_log()->set_namespace_("other");
  v1::ClusterRequest list;
  list.mutable_list()->set_kind("ConfigMap");
  list.mutable_list()->set_namespace_("other");
  asks_ = {Apply("other"), get, log, list};
  ASSERT_TRUE(Run().ok());
  for (const v1::ClusterResponse& answer : answers_)
    EXPECT_EQ(answer.failure().reason(), "NAMESPACE_NOT_ALLOWED") << answer.ShortDebugString();
}

TEST_F(HookTest, OneThatOnlyReadsChangesNothing) {
  hook_->set_effect(v1::HOOK_EFFECT_READ_ONLY);
  v1::ClusterRequest get;
  get.mutable_get()->set_kind("Namespace");
  get.mutable_get()->set_name("shop");
  asks_ = {Apply(), get};
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(answers_.at(0).failure().reason(), "PERMISSION_DENIED");
  EXPECT_EQ(answers_.at(1).objects_size(), 1) << answers_[1].ShortDebugString();
  EXPECT_THAT(trail().left_changed(), IsEmpty());
}

TEST_F(HookTest, WhatItReadsOfSecretsIsMaskedInWhatItSays) {
  around_.kube.Put(IdOf("Secret", "shop", "db"),
                   {{"apiVersion", "v1"},
                    {"kind", "Secret"},
                    {"metadata", {{"name", "db"}}},
                    {"data", {{"p", "aHVudGVyMi1odW50ZXIy"}}}});  // hunter2-hunter2
  v1::ClusterRequest get;
  get.mutable_get()->set_kind("Secret");
  get.mutable_get()->set_name("db");
  asks_ = {get};
  result_.set_outcome("it is hunter2-hunter2");
  ASSERT_TRUE(Run().ok());
  EXPECT_THAT(around_.journal.transitions.back().outcome(), Not(HasSubstr("hunter2")));
}

TEST_F(HookTest, APayloadThatIsTooLargeIsRefused) {
  (*result_.mutable_payload())["a"] = std::string((64 << 10) + 1, 'x');
  EXPECT_TRUE(HasReason(Run().status(), Reason::kPlanInvalid));
  result_.clear_payload();
  (*result_.mutable_payload())["no key"] = "x";
  EXPECT_TRUE(HasReason(Run().status(), Reason::kPlanInvalid));
  EXPECT_THAT(around_.payload(), IsEmpty());
}

TEST_F(HookTest, APreviewCallsOnlyWhatReads) {
  const auto told = Make()->ExecutePreview(around_.work, around_.chart(), around_.known());
  EXPECT_EQ(told->outcome, "calls the hook drain");
  EXPECT_THAT(hooks_.requests, IsEmpty());
  hook_->set_effect(v1::HOOK_EFFECT_READ_ONLY);
  result_.set_outcome("would warm 3 caches");
  const auto asked = Make()->ExecutePreview(around_.work, around_.chart(), around_.known());
  EXPECT_EQ(asked->outcome, "would warm 3 caches");
  EXPECT_TRUE(hooks_.requests.at(0).invoke.preview());
  EXPECT_FALSE(hooks_.requests[0].wait_for_worker);
  EXPECT_THAT(around_.journal.transitions, IsEmpty());
  hooks_.call = [](const Context&, const HookRequest&, HookHost&) {
    return MakeFailure(Reason::kHookUnavailable, "no worker");
  };
  const auto nobody = Make()->ExecutePreview(around_.work, around_.chart(), around_.known());
  EXPECT_THAT(nobody->outcome, HasSubstr("no worker serves now"));
}

}  // namespace
}  // namespace wheelhouse::lifecycle

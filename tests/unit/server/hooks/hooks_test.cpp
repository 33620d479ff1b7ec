#include "server/hooks/hooks.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "server/lifecycle/core/chart_request.h"
#include "tests/unit/server/hooks/hooks_fixture.h"

namespace wheelhouse::hooks {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kShort = absl::Milliseconds(30);

using HooksTest = HooksFixture;

TEST_F(HooksTest, AnAttemptIsDurableBeforeItsWorkerHasItAndItsResultBeforeItIsAcknowledged) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  const v1::Invoke invoke = worker.Invoked();
  EXPECT_TRUE(call.host.HasSaid("begin 1 one"));
  EXPECT_EQ(invoke.attempt().attempt(), 1);
  EXPECT_FALSE(invoke.interrupted());
  worker.SendResult(invoke.attempt(), "drained");
  const v1::SessionResponse ack = worker.Receive();
  EXPECT_TRUE(ack.has_result_ack() && !ack.result_ack().has_refused()) << ack.ShortDebugString();
  EXPECT_TRUE(call.host.HasSaid("end drained"));
  EXPECT_EQ(call.Result()->outcome(), "drained");
}

TEST_F(HooksTest, AnAttemptThatCannotBeMadeDurableIsNotSent) {
  FakeWorker worker(hooks_, "one");
  Calling call(hooks_, RequestFor("a"));
  Until([&] { return Waits(); });
  call.host.begin = MakeFailure(Reason::kStoreUnavailable, "disk full");
  worker.Attach();
  EXPECT_TRUE(HasReason(call.Result().status(), Reason::kStoreUnavailable));
  EXPECT_FALSE(worker.HasMessage());
}

TEST_F(HooksTest, ACallWaitsForAWorkerOfItsOwner) {
  FakeWorker other(hooks_, "other", "unix:somebody");
  other.Attach();
  Calling call(hooks_, RequestFor("a"));
  Until([&] { return Waits(); });
  EXPECT_FALSE(other.HasMessage());
  EXPECT_TRUE(hooks_.List({"unix:somebody", KnownBy::kUnixSocket}).waiting().empty());
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  worker.SendResult(worker.Invoked().attempt(), "done");
  EXPECT_TRUE(call.Result().ok());
}

TEST_F(HooksTest, AScopeIsServedByItsOwnSessionsOnly) {
  FakeWorker worker(hooks_, "one"), scoped(hooks_, "two");
  scoped.attach().set_scope("call-1");
  worker.Attach();
  scoped.Attach();
  lifecycle::HookRequest request = RequestFor("a");
  request.scope = "call-1";
  Calling call(hooks_, request);
  scoped.SendResult(scoped.Invoked().attempt(), "done");
  EXPECT_TRUE(call.Result().ok());
  EXPECT_FALSE(worker.HasMessage());
}

TEST_F(HooksTest, PatienceEndsTheWaitForAWorkerAndNothingThatOneHasBegun) {
  const Context patience = Context::Background().WithCancel();
  const absl::Status over = MakeFailure(Reason::kSuperseded, "a newer run takes over");
  lifecycle::HookRequest request = RequestFor("a");
  request.patience = patience;
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling begun(hooks_, request);
  const v1::Invoke invoke = worker.Invoked();
  request.invoke.mutable_attempt()->set_id("b");
  Calling waiting(hooks_, request);
  Until([&] { return Waits(); });
  patience.Cancel(over);
  EXPECT_EQ(waiting.Result().status(), over);
  EXPECT_FALSE(worker.HasMessage()) << "it is not told to end";
  worker.SendResult(invoke.attempt(), "drained");
  EXPECT_EQ(begun.Result()->outcome(), "drained");
}

TEST_F(HooksTest, WithoutAWorkerItFailsAtOnceOrWhenItHasWaited) {
  lifecycle::HookRequest request = RequestFor("a");
  request.wait_for_worker = false;
  const auto at_once = Calling(hooks_, request).Result();
  EXPECT_TRUE(HasReason(at_once.status(), Reason::kHookUnavailable));
  EXPECT_THAT(FailureOf(at_once.status()).message(), HasSubstr("no worker of unix:ci serves it"));
  request = RequestFor("b");
  request.queue_timeout = kShort;
  EXPECT_TRUE(HasReason(Calling(hooks_, request).Result().status(), Reason::kHookUnavailable));
}

TEST_F(HooksTest, TheSessionOfTheProcessThatDeploysMayBreakWithoutFailingItsSteps) {
  FakeWorker scoped(hooks_, "one");
  scoped.attach().set_scope("call-1");
  lifecycle::HookRequest request = RequestFor("a");
  request.wait_for_worker = false;
  request.scope = "call-1";
  Calling call(hooks_, request);
  const std::string waits =
      "waits waits for the process that deploys drain, which has no session: the step fails unless "
      "it comes back soon";
  Until([&] { return call.host.HasSaid(waits); });
  scoped.Attach();
  scoped.SendResult(scoped.Invoked().attempt(), "done");
  EXPECT_TRUE(call.Result().ok());
}

TEST_F(HooksTest, AProcessThatDeploysAndDoesNotComeBackIsNoWorkerToBeStarted) {
  lifecycle::HookRequest request = RequestFor("a");
  request.scope = "call-1";
  request.queue_timeout = kShort;
  const v1::Failure failure = FailureOf(Calling(hooks_, request).Result().status());
  EXPECT_EQ(failure.reason(), "HOOK_UNAVAILABLE");
  EXPECT_EQ(failure.message(),
            "the hook drain: the process that deploys drain is gone, and has not come back within "
            "the step's queueTimeout");
  EXPECT_THAT(failure.hint(), HasSubstr("deploy again"));
}

TEST_F(HooksTest, AWorkerThatHasLostItsSessionIsSaidToBeWaitedForAndToBeBack) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.Leave();
  const auto said = [&](const std::string& words) {
    return std::ranges::any_of(call.host.said(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    });
  };
  Until([&] { return said("the worker of attempt 1 has no session: waits up to "); });
  FakeWorker back(hooks_, "one");
  *back.attach().add_held() = attempt;
  back.Attach();
  Until([&] { return said("the worker of attempt 1 is back"); });
  back.SendResult(attempt, "done");
  EXPECT_TRUE(call.Result().ok());
}

TEST_F(HooksTest, WhatACallWaitsForIsSaidAgainWhenItsWorkerIsGone) {
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_REPEATABLE, kShort));
  const std::string waits = "waits waits for a worker that serves drain: unix:ci has none now";
  Until([&] { return call.host.HasSaid(waits); });
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  worker.Invoked();
  worker.Leave();
  Until([&] { return std::ranges::count(call.host.said(), waits) == 2; });
}

TEST_F(HooksTest, AWorkerGetsNoMoreCallsThanItTakes) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling first(hooks_, RequestFor("a"));
  const v1::Attempt attempt = worker.Invoked().attempt();
  Calling second(hooks_, RequestFor("b"));
  Until([&] { return Waits(); });
  EXPECT_FALSE(worker.HasMessage());
  worker.SendResult(attempt, "done");
  EXPECT_TRUE(worker.Receive().has_result_ack());
  EXPECT_EQ(worker.Invoked().attempt().id(), "b");
}

TEST_F(HooksTest, ARunKeepsToTheVersionThatItBeganWith) {
  FakeWorker old(hooks_, "old"), young(hooks_, "young");
  old.attach().mutable_hooks(0)->set_version("1");
  young.attach().mutable_hooks(0)->set_version("2");
  old.Attach();
  Calling first(hooks_, RequestFor("a"));
  old.SendResult(old.Invoked().attempt(), "done");
  EXPECT_TRUE(old.Receive().has_result_ack());
  young.Attach();
  Calling second(hooks_, RequestFor("b"));
  EXPECT_EQ(old.Invoked().version(), "1");
  lifecycle::HookRequest another = RequestFor("c");
  another.invoke.set_run_id("another run");
  Calling third(hooks_, another);
  EXPECT_EQ(young.Invoked().version(), "2");
}

TEST_F(HooksTest, AnEffectThatAWorkerDoesNotAllowIsNotSentToIt) {
  FakeWorker reader(hooks_, "reader");
  reader.attach().mutable_hooks(0)->add_effects(v1::HOOK_EFFECT_READ_ONLY);
  reader.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE));
  Until([&] { return Waits(); });
  EXPECT_FALSE(reader.HasMessage());
}

TEST_F(HooksTest, ASilentWorkerIsReplacedAndWhatItSendsLaterIsRefused) {
  FakeWorker silent(hooks_, "silent");
  silent.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_CHECKABLE, kShort));
  const v1::Attempt late = silent.Invoked().attempt();
  Until([&] { return Waits(); });  // not given to the silent one again
  FakeWorker second(hooks_, "second");
  second.Attach();
  const v1::Invoke again = second.Invoked();
  EXPECT_EQ(again.attempt().attempt(), 2);
  EXPECT_TRUE(again.interrupted());
  EXPECT_EQ(silent.Receive().cancel().reason(), "HOOK_OVERTAKEN");
  silent.Ask(late, 7);
  const v1::SessionResponse refused = silent.Receive();
  EXPECT_EQ(refused.cluster().failure().reason(), "HOOK_OVERTAKEN");
  EXPECT_EQ(refused.cluster().number(), 7);
  silent.SendResult(late, "late");
  EXPECT_EQ(silent.Receive().result_ack().refused().reason(), "HOOK_OVERTAKEN");
  EXPECT_FALSE(call.host.HasSaid("do 7"));
  EXPECT_FALSE(call.host.HasSaid("end late"));
}

TEST_F(HooksTest, ARequestUnderWayEndsWithItsAttempt) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  lifecycle::HookRequest request = RequestFor("a", v1::HOOK_EFFECT_ONCE, absl::Milliseconds(200));
  Calling call(hooks_, request);
  call.host.hangs = true;
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.Ask(attempt, 1);
  const auto result = call.Result();
  EXPECT_TRUE(HasReason(result.status(), Reason::kInterrupted)) << result.status();
}

TEST_F(HooksTest, HeartbeatsAreAnsweredAndKeepAnAttempt) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.Beat(attempt);
  EXPECT_TRUE(worker.Receive().has_heartbeat_ack());
}

TEST_F(HooksTest, WhatMustNotBeDoneTwiceFailsWhenItsWorkerIsLost) {
  FakeWorker worker(hooks_, "one"), second(hooks_, "second");
  worker.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE, kShort));
  worker.Invoked();
  worker.Leave();
  const auto result = call.Result();
  EXPECT_TRUE(HasReason(result.status(), Reason::kInterrupted));
  EXPECT_TRUE(lifecycle::IsFinal(result.status()));
  EXPECT_THAT(FailureOf(result.status()).message(), HasSubstr("set `effect: REPEATABLE`"));
}

TEST_F(HooksTest, AWorkerThatComesBackInTimeGoesOn) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE));
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.Leave();
  FakeWorker back(hooks_, "one");
  *back.attach().add_held() = attempt;
  v1::SessionRequest message;
  *message.mutable_attach() = back.attach();
  EXPECT_TRUE(back.Send(message).ok());
  EXPECT_EQ(back.Receive().attached().resumed(0).id(), "a");
  back.SendResult(attempt, "done");
  EXPECT_EQ(call.Result()->outcome(), "done");
}

TEST_F(HooksTest, AnAttemptOfADaemonBeforeGoesOnWhoeverComesFirst) {
  lifecycle::HookRequest resumed = RequestFor("a", v1::HOOK_EFFECT_ONCE);
  resumed.begun = true;
  resumed.attempts = 3;
  v1::Attempt attempt;
  attempt.set_id("a");
  attempt.set_attempt(3);
  {
    FakeWorker worker(hooks_, "one");
    *worker.attach().add_held() = attempt;
    worker.Attach();
    worker.SendResult(attempt, "before the call");
    Calling call(hooks_, resumed);
    EXPECT_EQ(call.Result()->outcome(), "before the call");
    EXPECT_FALSE(call.host.HasSaid("begin 4 one"));
  }
  Calling call(hooks_, [&] {
    lifecycle::HookRequest other = resumed;
    other.invoke.mutable_attempt()->set_id("b");
    return other;
  }());
  attempt.set_id("b");
  FakeWorker worker(hooks_, "one");
  *worker.attach().add_held() = attempt;
  worker.Attach();
  worker.SendResult(attempt, "after the call");
  EXPECT_EQ(call.Result()->outcome(), "after the call");
}

TEST_F(HooksTest, AResultThatIsDurableIsAcknowledgedAgain) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.SendResult(attempt, "done");
  EXPECT_TRUE(call.Result().ok());
  EXPECT_TRUE(worker.Receive().has_result_ack());
  worker.Leave();
  v1::Attempt old;
  old.set_id("of a daemon before");
  old.set_attempt(1);
  hooks_.Forget("unix:ci", old);
  FakeWorker back(hooks_, "one");
  *back.attach().add_held() = attempt;
  *back.attach().add_held() = old;
  back.Attach();
  for (int i = 0; i < 2; ++i) {
    const v1::SessionResponse ack = back.Receive();
    EXPECT_TRUE(ack.has_result_ack() && !ack.result_ack().has_refused()) << ack.ShortDebugString();
  }
}

TEST_F(HooksTest, AWorkerThatComesBackAfterItsCallHasEndedIsToldSo) {
  FakeWorker silent(hooks_, "silent");
  silent.Attach();
  v1::Attempt late;
  {
    Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE, kShort));
    late = silent.Invoked().attempt();
    EXPECT_FALSE(call.Result().ok());
  }
  silent.Leave();
  FakeWorker back(hooks_, "silent");
  *back.attach().add_held() = late;
  back.Attach();
  EXPECT_EQ(back.Receive().cancel().reason(), "HOOK_OVERTAKEN");
  back.SendResult(late, "late");
  EXPECT_EQ(back.Receive().result_ack().refused().reason(), "HOOK_OVERTAKEN");
  EXPECT_EQ(hooks_.List({"unix:ci", KnownBy::kUnixSocket}).workers(0).calls_size(), 0);
}

TEST_F(HooksTest, ADeclinedCallGoesToAnotherWorkerWhateverItsEffect) {
  FakeWorker ends(hooks_, "ends"), second(hooks_, "second");
  ends.Attach();
  Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE));
  v1::SessionRequest decline;
  *decline.mutable_decline()->mutable_attempt() = ends.Invoked().attempt();
  EXPECT_TRUE(ends.Send(decline).ok());
  Until([&] { return Waits(); });  // the one that declined gets nothing more
  second.Attach();
  const v1::Invoke invoke = second.Invoked();
  EXPECT_FALSE(invoke.interrupted());
  second.SendResult(invoke.attempt(), "done");
  EXPECT_TRUE(call.Result().ok());
}

TEST_F(HooksTest, ACancelledCallIsToldAndWhatItAsksForIsRefused) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  const v1::Attempt attempt = worker.Invoked().attempt();
  call.context.Cancel(MakeFailure(Reason::kCancelled, "somebody cancelled"));
  EXPECT_EQ(worker.Receive().cancel().reason(), "CANCELLED");
  worker.Ask(attempt, 1);
  EXPECT_EQ(worker.Receive().cluster().failure().reason(), "HOOK_OVERTAKEN");
  worker.Beat(attempt);
  EXPECT_TRUE(worker.Receive().has_cancel());
  worker.SendResult(attempt, "ended");
  EXPECT_TRUE(HasReason(call.Result().status(), Reason::kCancelled));
  EXPECT_EQ(worker.Receive().result_ack().refused().reason(), "HOOK_OVERTAKEN");
}

TEST_F(HooksTest, ACallThatIsLeftToItsWorkerGoesOnLater) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  v1::Attempt attempt;
  {
    Calling call(hooks_, RequestFor("a", v1::HOOK_EFFECT_ONCE));
    attempt = worker.Invoked().attempt();
    call.context.Cancel(MakeFailure(Reason::kInterrupted, "the claims are lost"));
    EXPECT_FALSE(call.Result().ok());
  }
  worker.Ask(attempt, 5);
  EXPECT_FALSE(worker.HasMessage());
  lifecycle::HookRequest resumed = RequestFor("a", v1::HOOK_EFFECT_ONCE);
  resumed.begun = true;
  resumed.attempts = 1;
  Calling call(hooks_, resumed);
  EXPECT_EQ(worker.Receive().cluster().outcome(), "done");
  worker.SendResult(attempt, "done");
  EXPECT_TRUE(call.Result().ok());
}

TEST_F(HooksTest, AResultThatIsNotAllowedIsRefusedAndFailsTheStep) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  call.host.end = MakeFailure(Reason::kPlanInvalid, "payload is too large");
  worker.SendResult(worker.Invoked().attempt(), "large");
  EXPECT_EQ(worker.Receive().result_ack().refused().reason(), "PLAN_INVALID");
  EXPECT_TRUE(HasReason(call.Result().status(), Reason::kPlanInvalid));
}

TEST_F(HooksTest, LinesThatComeTooFastAreCountedAndLeftOut) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a"));
  call.host.hangs = true;  // so that nobody comes to the lines
  const v1::Attempt attempt = worker.Invoked().attempt();
  worker.Ask(attempt, 1);
  Until([&] { return call.host.HasSaid("do 1"); });
  v1::SessionRequest line;
  *line.mutable_log()->mutable_attempt() = attempt;
  for (int i = 0; i < 1010; ++i) EXPECT_TRUE(worker.Send(line).ok());
  EXPECT_GT(worker.session().PauseOfReading(), absl::ZeroDuration());
  worker.SendResult(attempt, "done");
  call.context.Cancel(MakeFailure(Reason::kInterrupted, ""));
  EXPECT_FALSE(call.Result().ok());
}

TEST_F(HooksTest, WhatTheProtocolDoesNotAllowEndsTheSession) {
  FakeWorker worker(hooks_, "one");
  v1::SessionRequest message;
  EXPECT_TRUE(HasReason(worker.Send(message), Reason::kPlanInvalid));
  message.mutable_attach();
  EXPECT_THAT(FailureOf(worker.Send(message)).message(), HasSubstr("attach.capacity"));
  worker.Attach();
  *message.mutable_attach() = worker.attach();
  EXPECT_TRUE(HasReason(worker.Send(message), Reason::kPlanInvalid));
}

TEST_F(HooksTest, AListShowsWhoHasWhat) {
  FakeWorker worker(hooks_, "one");
  worker.Attach();
  Calling call(hooks_, RequestFor("a")), waiting(hooks_, RequestFor("b"));
  const std::string first = worker.Invoked().attempt().id();
  Until([&] { return Waits(); });
  const v1::ListHooksResponse list = hooks_.List({"unix:ci", KnownBy::kUnixSocket});
  ASSERT_EQ(list.workers_size(), 1);
  EXPECT_EQ(list.workers(0).name(), "one");
  ASSERT_EQ(list.workers(0).calls_size(), 1);
  EXPECT_EQ(list.workers(0).calls(0).attempt().id(), first);
  EXPECT_EQ(list.workers(0).calls(0).run_id(), "run");
  ASSERT_EQ(list.waiting_size(), 1);
  EXPECT_EQ(list.waiting(0).hook(), "drain");
  const v1::ListHooksResponse of_another = hooks_.List({"unix:somebody", KnownBy::kUnixSocket});
  EXPECT_TRUE(of_another.workers().empty());
  EXPECT_TRUE(of_another.waiting().empty());
}

}  // namespace
}  // namespace wheelhouse::hooks

#include "server/hooks/call_thread.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart_request.h"

namespace wheelhouse::hooks {
namespace {

// A Context's deadline and the bounds of its fences wake nobody.
constexpr absl::Duration kLookEvery = absl::Seconds(1);
// How long a cancelled hook may take to end before the run goes on without it.
constexpr absl::Duration kToEnd = absl::Seconds(10);

}  // namespace

CallThread::CallThread(Table& table, const Context& context, const lifecycle::HookRequest& request,
                       lifecycle::HookHost& host)
    : table_(table), context_(context), request_(request), host_(host), call_(request) {
  table_.Add(&call_);
}

CallThread::~CallThread() { table_.Remove(&call_); }

std::string CallThread::Name() const {
  const std::string& version = request_.invoke.version();
  return absl::StrCat("the hook ", request_.invoke.name(), version.empty() ? "" : " ", version);
}

absl::StatusOr<v1::Result> CallThread::Run() {
  const auto wake = [this] { table_.Wake(&call_); };
  const auto wakeup = context_.OnCancel(wake);
  const auto wakeup_waiting =
      request_.patience.has_value() ? request_.patience->OnCancel(wake) : nullptr;
  while (true) {
    if (const absl::Status ended = context_.Check(); !ended.ok()) return Leave(ended);
    if (request_.patience.has_value() && table_.StandingOf(call_).state == Call::State::kWaiting)
      RETURN_IF_ERROR(request_.patience->Check());
    ASSIGN_OR_RETURN(const absl::Duration most, MayWait());
    const Event event = table_.Await(&call_, std::min({kLookEvery, context_.Remaining(), most}));
    switch (event.kind) {
      case Event::Kind::kNothing:
        break;
      case Event::Kind::kStart:
        RETURN_IF_ERROR(Start(event));
        break;
      case Event::Kind::kMessage:
        Do(event);
        break;
      case Event::Kind::kDeclined:
        host_.Log("the worker is about to end and has not begun; the hook goes to another one");
        break;
      case Event::Kind::kGone:
        RETURN_IF_ERROR(GiveUp());
        break;
      case Event::Kind::kResult:
        return End(event);
    }
  }
}

absl::StatusOr<absl::Duration> CallThread::MayWait() {
  const Standing standing = table_.StandingOf(call_);
  const bool unserved = IsUnserved(standing.servers);
  if (standing.state != Call::State::kWaiting) {
    told_ = false;
    TellOfAbsence(standing);
    return absl::InfiniteDuration();
  }
  if ((unserved && !request_.wait_for_worker) || standing.waited >= request_.queue_timeout)
    return Unavailable(standing.servers);
  if (!std::exchange(told_, true)) RETURN_IF_ERROR(host_.Waits(WaitText(standing.servers)));
  return request_.queue_timeout - standing.waited;
}

absl::Status CallThread::Unavailable(int servers) const {
  const std::map<std::string, std::string> details = {{"hook", request_.invoke.name()}};
  const auto failure = [&](const std::string& why) {
    return MakeFailure(Reason::kHookUnavailable, absl::StrCat(Name(), ": ", why), details);
  };
  if (servers > 0)
    return failure(absl::StrCat("all of the ", servers, " workers that serve it are busy"));
  if (request_.scope.empty())
    return failure(absl::StrCat("no worker of ", request_.owner, " serves it"));
  const std::string process =
      absl::StrCat("the process that deploys ", request_.invoke.name(), " is gone");
  v1::Failure gone = FailureOf(failure(
      request_.wait_for_worker
          ? process + ", and has not come back within the step's queueTimeout"
          : process + ", and its steps fail then: its deploy has no request id, or asked for it"));
  gone.set_hint("deploy again, with a request id if the run is to go on after a crash");
  return StatusFrom(gone);
}

bool CallThread::IsUnserved(int servers) {
  if (servers > 0) {
    unserved_since_.reset();
    return false;
  }
  // A session with a scope is of the process that began the run. That its session broke, or that
  // the daemon was restarted, does not mean that it is gone: it has as long to come back as with a
  // call that it holds.
  const absl::Duration away = request_.scope.empty()
                                  ? absl::ZeroDuration()
                                  : std::max(request_.heartbeat, Table::kToReturn);
  if (!unserved_since_.has_value()) unserved_since_ = SteadyNow();
  return SteadyNow() - *unserved_since_ >= away;
}

std::string CallThread::WaitText(int servers) const {
  const std::string& name = request_.invoke.name();
  const std::string worker = absl::StrCat("waits for a worker that serves ", name, ": ");
  if (servers == 1) return worker + "the only one is busy";
  if (servers > 1) return absl::StrCat(worker, "all ", servers, " are busy");
  if (request_.scope.empty()) return absl::StrCat(worker, request_.owner, " has none now");
  const std::string process = absl::StrCat("waits for the process that deploys ", name, ", which ");
  return process + (request_.wait_for_worker
                        ? "has no session: start it again with the same request id if it has "
                          "ended, or cancel the run"
                        : "has no session: the step fails unless it comes back soon");
}

void CallThread::TellOfAbsence(const Standing& standing) {
  const bool away = standing.state == Call::State::kWorking && !standing.with_session;
  if (!away) {
    away_since_.reset();
    if (std::exchange(told_away_, false))
      host_.Log(absl::StrCat("the worker of attempt ", call_.attempt, " is back"));
    return;
  }
  if (!away_since_.has_value()) away_since_ = SteadyNow();
  if (told_away_ || SteadyNow() - *away_since_ < kLookEvery) return;
  told_away_ = true;
  host_.Log(absl::StrCat("the worker of attempt ", call_.attempt, " has no session: waits up to ",
                         absl::FormatDuration(absl::Ceil(standing.left, absl::Seconds(1))),
                         " for it to come back"));
}

absl::Status CallThread::Start(const Event& event) {
  RETURN_IF_ERROR(host_.Begin(event.attempt, event.worker, event.version));
  if (table_.Send(&call_, context_.Remaining()))
    host_.Progress(absl::StrCat("attempt ", event.attempt, " is with ", event.worker));
  return absl::OkStatus();
}

void CallThread::Do(const Event& event) {
  if (event.left_out > 0)
    host_.Log(absl::StrCat(event.left_out, " lines were left out: they came too fast"));
  if (event.message.has_log()) return host_.Log(event.message.log().line());
  if (event.message.has_progress()) return host_.Progress(event.message.progress().message());
  const auto fence = table_.FenceOf(call_);
  if (fence == nullptr) return;
  const v1::ClusterRequest& request = event.message.cluster();
  v1::ClusterResponse response = host_.Do(context_.WithFence(fence), request);
  // Whoever resumes the chart does it, or does it again.
  if (response.has_failure() && !context_.Check().ok() && request_.stops(context_.Check()))
    return table_.PutBack(&call_, event.message);
  if (!fence->Check().ok()) {
    response.clear_objects();
    *response.mutable_failure() = Overtaken();
  }
  *response.mutable_attempt() = request.attempt();
  response.set_number(request.number());
  table_.Answer(&call_, std::move(response));
}

absl::Status CallThread::GiveUp() {
  const std::string silent = absl::StrCat("the worker of attempt ", call_.attempt,
                                          " has not been heard of for longer than its heartbeat");
  if (request_.invoke.effect() == v1::HOOK_EFFECT_ONCE) {
    table_.Requeue(&call_);  // what comes of the attempt is refused
    return MakeFailure(Reason::kInterrupted,
                       absl::StrCat(Name(), ": ", silent,
                                    "; it is not known whether it was done, and its effect is "
                                    "ONCE, as that of every hook that names none: it must not be "
                                    "done twice. If it may be, set `effect: REPEATABLE` in the "
                                    "plan's step, or in the lifecycle that is served inline"),
                       {{"hook", request_.invoke.name()}, {lifecycle::kFinalDetail, "true"}});
  }
  told_away_ = false;
  host_.Log(absl::StrCat(silent, "; the hook is called again"));
  table_.Requeue(&call_);
  return absl::OkStatus();
}

absl::StatusOr<v1::Result> CallThread::End(const Event& event) {
  if (event.left_out > 0)
    host_.Log(absl::StrCat(event.left_out, " lines were left out: they came too fast"));
  const absl::Status ended = host_.End(event.result);
  if (!ended.ok() && request_.stops(ended)) return Leave(ended);
  table_.Acknowledge(&call_,
                     ended.ok() ? std::nullopt : std::optional<v1::Failure>(FailureOf(ended)));
  RETURN_IF_ERROR(ended);
  return event.result;
}

absl::Status CallThread::Leave(const absl::Status& why) {
  if (request_.stops(why)) {
    table_.Park(&call_);
    return why;
  }
  if (table_.StandingOf(call_).state != Call::State::kWorking) return why;
  table_.Cancel(&call_, FailureOf(why));
  const absl::Duration until = SteadyNow() + std::min(kToEnd, request_.heartbeat);
  while (true) {
    const absl::Duration left = until - SteadyNow();
    if (left <= absl::ZeroDuration()) break;
    const Event event = table_.Await(&call_, left);
    if (event.kind == Event::Kind::kResult || event.kind == Event::Kind::kGone) break;
  }
  return why;
}

}  // namespace wheelhouse::hooks

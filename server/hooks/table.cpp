#include "server/hooks/table.h"

#include <absl/time/clock.h>

#include <algorithm>

#include "common/clock.h"
#include "common/failure.h"
#include "common/time.h"

namespace wheelhouse::hooks {

bool Table::IsOpen(const Call& call) const {
  return call.fence != nullptr && call.fence->CheckHeld().ok();
}

void Table::Bind(Call* call, Session* session, Held& held) {
  call->session = session;
  call->fence->MoveBound(boot_.Now() + call->request.heartbeat);
  call->result = std::move(held.result);
  call->mail = std::move(held.mail);
  call->requests = static_cast<int>(call->mail.size());
  held.result.reset();
  held.mail.clear();
  held.call = call;
  held.hook = call->request.invoke.name();
  held.version = call->version;
  call->changed.NotifyAll();
}

const Table::Ended* Table::EndOf(const Session& session, const v1::Attempt& attempt) const {
  const Ended* ended = ended_.Find({session.owner, attempt.id()});
  return ended != nullptr && attempt.attempt() <= ended->attempt ? ended : nullptr;
}

void Table::Add(Call* call) {
  MutexLock lock(&mutex_);
  calls_[{call->request.owner, call->id()}] = call;
  if (!call->request.begun) return matching_.Wait(call);
  call->state = Call::State::kWorking;
  call->since = absl::Now();
  call->fence = std::make_shared<Fence>(boot_);
  call->fence->MoveBound(boot_.Now() + std::max(call->request.heartbeat, kToReturn));
  for (Session* session : sessions_) {
    if (session->owner != call->request.owner) continue;
    const auto held = session->held.find(call->key());
    if (held != session->held.end() && !held->second.over) return Bind(call, session, held->second);
  }
}

Event Table::Await(Call* call, absl::Duration most) {
  const absl::Duration deadline = SteadyNow() + most;
  MutexLock lock(&mutex_);
  while (true) {
    const bool open = IsOpen(*call);
    Event event;
    event.attempt = call->attempt;
    if (std::exchange(call->woken, false)) return event;
    if (std::exchange(call->declined, false)) {
      event.kind = Event::Kind::kDeclined;
    } else if (call->state == Call::State::kStarting) {
      event.kind = Event::Kind::kStart;
      if (call->session != nullptr) event.worker = call->session->attach.worker();
      event.version = call->version;
    } else if (call->state == Call::State::kWorking && open && !call->mail.empty()) {
      event.kind = Event::Kind::kMessage;
      event.message = std::move(call->mail.front());
      call->mail.pop_front();
      call->mail_bytes -= std::min(call->mail_bytes, event.message.ByteSizeLong());
      if (event.message.has_cluster()) --call->requests;
      event.left_out = std::exchange(call->left_out, 0);
    } else if (call->result.has_value()) {
      event.kind = Event::Kind::kResult;
      event.result = *call->result;
      event.left_out = std::exchange(call->left_out, 0);
    } else if ((call->state == Call::State::kWorking && !open) ||
               (call->state == Call::State::kOver && call->session == nullptr)) {
      event.kind = Event::Kind::kGone;
    }
    if (event.kind != Event::Kind::kNothing) return event;
    absl::Duration left = deadline - SteadyNow();
    if (left <= absl::ZeroDuration()) return event;
    if (call->state == Call::State::kWorking)
      left = std::min(left, call->fence->Bound() - boot_.Now());
    call->changed.WaitFor(&mutex_, std::max(left, absl::Milliseconds(1)));
  }
}

void Table::Wake(Call* call) {
  MutexLock lock(&mutex_);
  call->woken = true;
  call->changed.NotifyAll();
}

Standing Table::StandingOf(const Call& call) {
  MutexLock lock(&mutex_);
  Standing standing;
  standing.state = call.state;
  standing.with_session = call.session != nullptr;
  if (call.state == Call::State::kWaiting) standing.waited = SteadyNow() - call.waiting_since;
  if (call.state == Call::State::kWorking) standing.left = call.fence->Bound() - boot_.Now();
  standing.servers = matching_.Servers(call);
  return standing;
}

bool Table::Send(Call* call, absl::Duration time_left) {
  MutexLock lock(&mutex_);
  if (call->session == nullptr) {
    matching_.Wait(call);
    return false;
  }
  call->state = Call::State::kWorking;
  call->since = absl::Now();
  call->fence = std::make_shared<Fence>(boot_);
  call->fence->MoveBound(boot_.Now() + call->request.heartbeat);
  v1::SessionResponse response;
  v1::Invoke* invoke = response.mutable_invoke();
  *invoke = call->request.invoke;
  invoke->mutable_attempt()->set_attempt(call->attempt);
  invoke->set_version(call->version);
  invoke->set_interrupted(call->interrupted);
  if (time_left < absl::Hours(24 * 365))
    *invoke->mutable_time_left() = wheelhouse::ToProto(time_left);
  hooks::Send(call->session, std::move(response));
  ++totals_.attempts;
  return true;
}

std::shared_ptr<const Fence> Table::FenceOf(const Call& call) {
  MutexLock lock(&mutex_);
  return call.fence;
}

void Table::Free(Session* session, const AttemptKey& key) {
  session->held.erase(key);
  matching_.AssignFor(*session);
}

void Table::Drop(Call* call) {
  if (call->fence != nullptr) call->fence->Shut(StatusFrom(Overtaken()));
  call->fence = nullptr;
  call->mail.clear();
  call->mail_bytes = 0;
  call->requests = 0;
  call->result.reset();
  call->session = nullptr;
}

void Table::Requeue(Call* call) {
  MutexLock lock(&mutex_);
  if (Session* session = call->session; session != nullptr) {
    if (const auto held = session->held.find(call->key()); held != session->held.end()) {
      held->second.over = true;
      held->second.call = nullptr;
      session->silent = true;
      SayOver(session, ToProto(call->key()));
    }
  }
  Drop(call);
  ++totals_.given_up;
  call->interrupted = true;
  matching_.Wait(call);
}

void Table::Answer(Call* call, v1::ClusterResponse response) {
  MutexLock lock(&mutex_);
  if (call->session == nullptr) return;  // asked again by whoever comes back
  v1::SessionResponse message;
  *message.mutable_cluster() = std::move(response);
  hooks::Send(call->session, std::move(message));
}

void Table::PutBack(Call* call, v1::SessionRequest request) {
  MutexLock lock(&mutex_);
  call->mail.push_front(std::move(request));
  ++call->requests;
}

void Table::Acknowledge(Call* call, const std::optional<v1::Failure>& refused) {
  MutexLock lock(&mutex_);
  const AttemptKey key = call->key();
  Session* session = call->session;
  ended_.Put({call->request.owner, call->id()}, {call->attempt, !refused.has_value()});
  Drop(call);
  call->state = Call::State::kOver;
  if (session == nullptr) return;
  hooks::Acknowledge(session, ToProto(key), refused);
  Free(session, key);
}

void Table::Cancel(Call* call, const v1::Failure& why) {
  MutexLock lock(&mutex_);
  if (call->fence != nullptr) call->fence->Shut(StatusFrom(why));
  call->state = Call::State::kOver;
  call->mail.clear();
  call->requests = 0;
  if (call->session == nullptr) return;
  if (const auto held = call->session->held.find(call->key()); held != call->session->held.end())
    held->second.over = true;
  v1::SessionResponse response;
  *response.mutable_cancel()->mutable_attempt() = ToProto(call->key());
  response.mutable_cancel()->set_reason(why.reason());
  response.mutable_cancel()->set_message(why.message());
  hooks::Send(call->session, std::move(response));
}

void Table::Park(Call* call) {
  MutexLock lock(&mutex_);
  call->parked = true;
  if (call->state != Call::State::kWorking || call->session == nullptr) return;
  const auto held = call->session->held.find(call->key());
  if (held == call->session->held.end()) return;
  held->second.call = nullptr;
  held->second.alone_since = SteadyNow();
  for (v1::SessionRequest& message : call->mail) {
    if (message.has_cluster()) held->second.mail.push_back(std::move(message));
  }
  held->second.result = std::move(call->result);
  // What the thread of the call still does for it is over.
  call->fence->Shut(StatusFrom(Overtaken()));
  call->session = nullptr;
}

void Table::Remove(Call* call) {
  MutexLock lock(&mutex_);
  matching_.LeaveQueue(call);
  const CallKey key{call->request.owner, call->id()};
  calls_.erase(key);
  const Ended* known = ended_.Find(key);
  if (!call->parked && (known == nullptr || known->attempt < call->attempt))
    ended_.Put(key, {call->attempt, false});
  if (call->session == nullptr) return;
  const auto held = call->session->held.find(call->key());
  if (held == call->session->held.end()) return;
  held->second.call = nullptr;
  held->second.over = true;
  if (call->state == Call::State::kStarting) Free(call->session, call->key());
}

void Table::Forget(const std::string& owner, const v1::Attempt& attempt) {
  const AttemptKey key{attempt.id(), attempt.attempt()};
  MutexLock lock(&mutex_);
  ended_.Put({owner, attempt.id()}, {attempt.attempt(), true});
  for (Session* session : sessions_) {
    if (session->owner != owner || !session->held.contains(key)) continue;
    hooks::Acknowledge(session, attempt, std::nullopt);
    Free(session, key);
  }
}

}  // namespace wheelhouse::hooks

// The table, as the streams of workers use it.
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <algorithm>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/hooks/table.h"

namespace wheelhouse::hooks {
namespace {

constexpr int kMostHooks = 100, kMostCapacity = 1000, kMostHeld = 1000;
constexpr size_t kLongestName = 100, kLongestWorker = 200;
constexpr size_t kMostWaitToBeSent = 200;
// Of one call: what its thread has not come to yet.
constexpr size_t kMostMail = 1000, kMostMailBytes = 1 << 20;
constexpr int kMostRequests = 16;
// An attempt that nobody comes back to: its run has ended while its worker was away.
constexpr absl::Duration kLongestAlone = absl::Hours(1);

absl::Status CheckAttach(const v1::Attach& attach) {
  std::vector<FieldViolation> wrong;
  const auto check = [&wrong](bool right, const char* field, const std::string& expected) {
    if (!right)
      wrong.push_back({absl::StrCat("attach.", field), absl::StrCat("must be ", expected)});
  };
  check(!attach.worker().empty() && attach.worker().size() <= kLongestWorker, "worker",
        "1 to 200 characters");
  check(attach.hooks_size() >= 1 && attach.hooks_size() <= kMostHooks, "hooks", "1 to 100 hooks");
  check(attach.capacity() >= 1 && attach.capacity() <= kMostCapacity, "capacity", "1 to 1000");
  check(attach.held_size() <= kMostHeld, "held", "at most 1000 attempts");
  check(attach.scope().size() <= kLongestName, "scope", "at most 100 characters");
  for (const v1::ServedHook& hook : attach.hooks()) {
    check(!hook.name().empty() && hook.name().size() <= kLongestName, "hooks.name",
          "1 to 100 characters");
    check(hook.version().size() <= kLongestName, "hooks.version", "at most 100 characters");
  }
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

absl::Status NotAllowed(const std::string& what) {
  return MakeInvalid(Reason::kPlanInvalid, {{"message", what}});
}

void Refuse(Session* session, const v1::ClusterRequest& request, const v1::Failure& why) {
  v1::SessionResponse response;
  v1::ClusterResponse* answer = response.mutable_cluster();
  *answer->mutable_attempt() = request.attempt();
  answer->set_number(request.number());
  *answer->mutable_failure() = why;
  Send(session, std::move(response));
}

void AcknowledgeHeartbeat(Session* session, const v1::Attempt& attempt) {
  v1::SessionResponse response;
  *response.mutable_heartbeat_ack()->mutable_attempt() = attempt;
  Send(session, std::move(response));
}

void KeepMail(Call* call, const v1::SessionRequest& message) {
  const size_t bytes = message.ByteSizeLong();
  const bool is_latest =
      message.has_progress() && !call->mail.empty() && call->mail.back().has_progress();
  if (is_latest) call->mail.pop_back();
  const bool full = call->mail.size() >= kMostMail || call->mail_bytes + bytes > kMostMailBytes;
  if (full && !message.has_cluster()) {
    if (message.has_log()) ++call->left_out;
    return;
  }
  call->mail_bytes += bytes;
  call->mail.push_back(message);
  if (message.has_cluster()) ++call->requests;
}

}  // namespace

void Table::Open(Session* session) {
  MutexLock lock(&mutex_);
  sessions_.push_back(session);
}

void Table::Close(Session* session) {
  MutexLock lock(&mutex_);
  sessions_.remove(session);
  matching_.Leave(session);
  for (auto& [key, held] : session->held) {
    Call* call = held.call;
    if (call == nullptr || call->session != session) continue;
    call->session = nullptr;
    call->changed.NotifyAll();
  }
  session->held.clear();
}

absl::Status Table::Attach(Session* session, const v1::Attach& attach) {
  if (session->attached) return NotAllowed("Attach was sent before");
  RETURN_IF_ERROR(CheckAttach(attach));
  session->attached = true;
  session->attached_at = absl::Now();
  session->attach = attach;
  session->attach.clear_held();
  v1::SessionResponse response;
  *response.mutable_attached() = v1::Attached();
  for (const v1::Attempt& attempt : attach.held()) {
    if (TakeBack(session, attempt)) *response.mutable_attached()->add_resumed() = attempt;
  }
  session->out.push_front(std::move(response));
  session->wake();
  matching_.Serve(session);
  return absl::OkStatus();
}

bool Table::TakeBack(Session* session, const v1::Attempt& attempt) {
  const AttemptKey key{attempt.id(), attempt.attempt()};
  if (const Ended* ended = EndOf(*session, attempt); ended != nullptr) {
    if (ended->durable && ended->attempt == attempt.attempt()) {
      hooks::Acknowledge(session, attempt, std::nullopt);
    } else {
      SayOver(session, attempt);
    }
    return false;
  }
  const auto found = calls_.find({session->owner, attempt.id()});
  Call* call = found == calls_.end() ? nullptr : found->second;
  if (call != nullptr) {
    // The same worker may be back before its old session is known to be broken.
    const bool free =
        call->session == nullptr || call->session->attach.worker() == session->attach.worker();
    if (call->state != Call::State::kWorking || call->key() != key || !free || !IsOpen(*call)) {
      SayOver(session, attempt);
      return false;
    }
    if (call->session != nullptr) call->session->held.erase(key);
  }
  Held& held = session->held[key];
  held.since = held.heard = absl::Now();
  held.alone_since = SteadyNow();
  if (call != nullptr) {
    std::deque<v1::SessionRequest> mail = std::move(call->mail);
    std::optional<v1::Result> result = std::move(call->result);
    Bind(call, session, held);
    call->mail = std::move(mail);
    call->result = std::move(result);
    call->requests = static_cast<int>(std::ranges::count_if(
        call->mail, [](const v1::SessionRequest& message) { return message.has_cluster(); }));
  }
  return call != nullptr;
}

absl::Status Table::Take(Session* session, const v1::SessionRequest& message) {
  MutexLock lock(&mutex_);
  if (message.has_attach()) return Attach(session, message.attach());
  if (!session->attached) return NotAllowed("expected Attach");
  if (std::exchange(session->silent, false)) matching_.AssignFor(*session);
  if (message.has_drain()) {
    session->draining = true;
    return absl::OkStatus();
  }
  const v1::Attempt* attempt = AttemptOf(message);
  if (attempt == nullptr) return NotAllowed("expected a message that is set");
  const auto held = session->held.find({attempt->id(), attempt->attempt()});
  if (held == session->held.end()) {
    TakeOfUnknown(session, message, *attempt);
  } else {
    TakeOf(session, held->second, message, *attempt);
  }
  return absl::OkStatus();
}

void Table::TakeOfUnknown(Session* session, const v1::SessionRequest& message,
                          const v1::Attempt& attempt) {
  const Ended* ended = EndOf(*session, attempt);
  const bool done = ended != nullptr && ended->durable && ended->attempt == attempt.attempt();
  if (done && (message.has_result() || message.has_heartbeat()))
    return hooks::Acknowledge(session, attempt, std::nullopt);
  if (message.has_result()) return RefuseResult(session, attempt);
  if (message.has_cluster()) return Refuse(session, message.cluster(), Overtaken());
  if (message.has_heartbeat() || message.has_accept()) SayOver(session, attempt);
}

void Table::RefuseResult(Session* session, const v1::Attempt& attempt) {
  ++totals_.overtaken;
  hooks::Acknowledge(session, attempt, Overtaken());
}

void Table::TakeOf(Session* session, Held& held, const v1::SessionRequest& message,
                   const v1::Attempt& attempt) {
  held.heard = absl::Now();
  Call* call = held.call;
  if (call != nullptr && call->state == Call::State::kStarting) return;
  // Its thread may not have seen yet that it was too late.
  if (call != nullptr && call->state == Call::State::kWorking && !IsOpen(*call)) held.over = true;
  if (!held.over && call != nullptr) return TakeOfCall(session, held, message);
  if (!held.over && SteadyNow() - held.alone_since > kLongestAlone) held.over = true;
  if (!held.over) return TakeOfNobody(session, held, message);
  if (message.has_cluster()) return Refuse(session, message.cluster(), Overtaken());
  if (message.has_heartbeat()) return SayOver(session, attempt);
  if (!message.has_result() && !message.has_decline()) return;
  if (call != nullptr && call->state == Call::State::kOver) {
    call->result = v1::Result();
    call->session = nullptr;
    call->changed.NotifyAll();
  }
  if (message.has_result()) RefuseResult(session, attempt);
  Free(session, {attempt.id(), attempt.attempt()});
}

void Table::TakeOfCall(Session* session, Held& held, const v1::SessionRequest& message) {
  Call* call = held.call;
  call->fence->MoveBound(boot_.Now() + call->request.heartbeat);
  if (message.has_decline()) {
    const AttemptKey key = call->key();
    ++totals_.declined;
    session->draining = true;
    Drop(call);
    Free(session, key);
    call->declined = true;
    matching_.Wait(call);
  } else if (message.has_result()) {
    call->result = message.result();
  } else if (message.has_cluster() && call->requests >= kMostRequests) {
    Refuse(session, message.cluster(),
           FailureOf(MakeFailure(Reason::kCallerLimit,
                                 absl::StrCat("the call has ", kMostRequests,
                                              " requests that are not answered yet"))));
  } else if (message.has_heartbeat()) {
    AcknowledgeHeartbeat(session, message.heartbeat().attempt());
  } else if (!message.has_accept()) {
    KeepMail(call, message);
  }
  call->changed.NotifyAll();
}

void Table::TakeOfNobody(Session* session, Held& held, const v1::SessionRequest& message) {
  if (message.has_heartbeat()) AcknowledgeHeartbeat(session, message.heartbeat().attempt());
  if (message.has_result()) held.result = message.result();
  if (!message.has_cluster()) return;
  if (held.mail.size() < kMostRequests) {
    held.mail.push_back(message);
  } else {
    Refuse(session, message.cluster(),
           FailureOf(MakeFailure(Reason::kCallerLimit, "too many requests are not answered yet")));
  }
}

std::optional<v1::SessionResponse> Table::Next(Session* session) {
  MutexLock lock(&mutex_);
  if (session->out.empty()) return std::nullopt;
  v1::SessionResponse next = std::move(session->out.front());
  session->out.pop_front();
  totals_.bytes_out += next.ByteSizeLong();
  return next;
}

bool Table::MayRead(Session* session) {
  MutexLock lock(&mutex_);
  return session->out.size() < kMostWaitToBeSent;
}

}  // namespace wheelhouse::hooks

#include "server/hooks/matching.h"

#include <absl/time/clock.h>

#include <algorithm>

#include "common/clock.h"

namespace wheelhouse::hooks {
namespace {

HookKey KeyOf(const Session& session, const v1::ServedHook& hook) {
  return {session.owner, session.attach.scope(), hook.name()};
}

bool Allows(const v1::ServedHook& hook, const Call& call, const std::string& version) {
  if (!version.empty() && hook.version() != version) return false;
  return hook.effects().empty() ||
         std::ranges::find(hook.effects(), call.request.invoke.effect()) != hook.effects().end();
}

// What the session serves that is the call's; nullptr for nothing.
const v1::ServedHook* ServedOf(const Session& session, const Call& call,
                               const std::string& version) {
  for (const v1::ServedHook& hook : session.attach.hooks()) {
    if (hook.name() == call.request.invoke.name() && Allows(hook, call, version)) return &hook;
  }
  return nullptr;
}

int RoomOf(const Session& session) {
  if (session.draining || session.silent) return 0;
  return session.attach.capacity() - static_cast<int>(session.held.size());
}

}  // namespace

void Matching::Serve(Session* session) {
  for (const v1::ServedHook& hook : session->attach.hooks()) {
    auto& sessions = serving_[KeyOf(*session, hook)];
    if (std::ranges::find(sessions, session) == sessions.end()) sessions.push_back(session);
  }
  AssignFor(*session);
}

void Matching::Leave(Session* session) {
  for (const v1::ServedHook& hook : session->attach.hooks()) {
    const auto found = serving_.find(KeyOf(*session, hook));
    if (found == serving_.end()) continue;
    std::erase(found->second, session);
    if (found->second.empty()) serving_.erase(found);
  }
}

void Matching::Wait(Call* call) {
  call->state = Call::State::kWaiting;
  call->since = absl::Now();
  call->waiting_since = SteadyNow();
  waiting_[call->hook()].push_back(call);
  Assign(call->hook());
}

void Matching::LeaveQueue(Call* call) {
  const auto found = waiting_.find(call->hook());
  if (found == waiting_.end()) return;
  found->second.remove(call);
  if (found->second.empty()) waiting_.erase(found);
}

std::string Matching::VersionFor(const Call& call) const {
  if (!call.version.empty()) return call.version;
  const std::string* pinned =
      pinned_.Find({call.request.invoke.run_id(), call.request.invoke.name()});
  return pinned == nullptr ? "" : *pinned;
}

// Of those with the most room the one that attached last: new versions take over from old ones.
Session* Matching::FindFor(const Call& call, std::string* version) const {
  const auto sessions = serving_.find(call.hook());
  if (sessions == serving_.end()) return nullptr;
  const std::string wanted = VersionFor(call);
  Session* best = nullptr;
  for (Session* session : sessions->second) {
    const v1::ServedHook* served = ServedOf(*session, call, wanted);
    if (served == nullptr || RoomOf(*session) <= 0) continue;
    if (best != nullptr && RoomOf(*session) < RoomOf(*best)) continue;
    best = session;
    *version = served->version();
  }
  return best;
}

void Matching::Assign(const HookKey& hook) {
  const auto queue = waiting_.find(hook);
  if (queue == waiting_.end()) return;
  for (auto at = queue->second.begin(); at != queue->second.end();) {
    Call* call = *at;
    std::string version;
    Session* session = FindFor(*call, &version);
    if (session == nullptr) {
      ++at;
      continue;
    }
    at = queue->second.erase(at);
    call->state = Call::State::kStarting;
    call->since = absl::Now();
    if (VersionFor(*call).empty())
      pinned_.Put({call->request.invoke.run_id(), call->request.invoke.name()}, version);
    call->version = version;
    call->session = session;
    ++call->attempt;
    Held& held = session->held[call->key()];
    held.hook = call->request.invoke.name();
    held.version = version;
    held.call = call;
    held.since = held.heard = call->since;
    call->changed.NotifyAll();
  }
  if (queue->second.empty()) waiting_.erase(queue);
}

void Matching::AssignFor(const Session& session) {
  for (const v1::ServedHook& hook : session.attach.hooks()) {
    if (RoomOf(session) <= 0) return;
    Assign(KeyOf(session, hook));
  }
}

int Matching::Servers(const Call& call) const {
  const auto sessions = serving_.find(call.hook());
  if (sessions == serving_.end()) return 0;
  return static_cast<int>(std::ranges::count_if(sessions->second, [&](const Session* session) {
    return !session->draining && ServedOf(*session, call, VersionFor(call)) != nullptr;
  }));
}

std::vector<const Call*> Matching::Waiting() const {
  std::vector<const Call*> all;
  for (const auto& [hook, calls] : waiting_) all.insert(all.end(), calls.begin(), calls.end());
  std::ranges::sort(all, {}, &Call::waiting_since);
  return all;
}

}  // namespace wheelhouse::hooks

// The two sides that the table brings together: sessions of workers, and calls of hooks. All of it
// is guarded by the table.
#pragma once

#include <absl/time/time.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "common/fence.h"
#include "common/mutex.h"
#include "server/lifecycle/core/hook_caller.h"
#include "wheelhouse/v1/hook_service.pb.h"

namespace wheelhouse::hooks {

// Attempt.id and the attempt's number.
using AttemptKey = std::pair<std::string, int>;

// Owner, scope and name of a hook.
using HookKey = std::tuple<std::string, std::string, std::string>;

struct Call;

// What a session has of one attempt.
struct Held {
  std::string hook, version;
  Call* call = nullptr;  // nullptr: no call waits for it (any more, or yet)
  absl::Time since, heard;
  absl::Duration alone_since;           // without a call, on the steady clock
  bool over = false;                    // given up: its result is refused
  std::deque<v1::SessionRequest> mail;  // requests of the cluster that came while there was no call
  std::optional<v1::Result> result;     // the same
};

struct Session {
  std::string owner;
  v1::Attach attach;  // what it has said of itself
  bool attached = false;
  bool draining = false;
  // An attempt of it was given up, and nothing has been heard of it since: it gets no further
  // calls.
  bool silent = false;
  absl::Time attached_at;
  std::map<AttemptKey, Held> held;
  std::deque<v1::SessionResponse> out;
  std::function<void()> wake;  // takes locks of streams
};

// A call is in one of four states:
//
//   kWaiting   no worker has it: it is in the queue of those who may serve it
//   kStarting  a session is found and has kept room for it; its attempt is being made durable
//   kWorking   a worker has it: until the result, or until its fence is shut or its heartbeat has
//              passed. Its session may be gone meanwhile (`session` is nullptr): whoever attaches
//              and says that it holds the attempt goes on with it.
//   kOver      cancelled or ended: what its attempt still sends is refused
struct Call {
  enum class State { kWaiting, kStarting, kWorking, kOver };

  explicit Call(const lifecycle::HookRequest& asked)
      : request(asked), version(asked.invoke.version()), attempt(asked.attempts) {}

  const std::string& id() const { return request.invoke.attempt().id(); }
  AttemptKey key() const { return {id(), attempt}; }
  HookKey hook() const { return {request.owner, request.scope, request.invoke.name()}; }

  const lifecycle::HookRequest& request;
  State state = State::kWaiting;
  std::string version;  // that it keeps to, once it is known
  int attempt;          // the newest number
  bool interrupted = false;
  bool declined = false;
  bool parked = false;  // left to its worker
  Session* session = nullptr;
  std::shared_ptr<Fence> fence;  // of the attempt, while it is kWorking
  std::deque<v1::SessionRequest> mail;
  size_t mail_bytes = 0;
  int requests = 0;    // of the cluster, among the mail
  int left_out = 0;    // lines
  bool woken = false;  // Await is to return
  std::optional<v1::Result> result;
  absl::Time since;              // in this state
  absl::Duration waiting_since;  // on the steady clock
  CondVar changed;
};

// The attempt as messages have it.
v1::Attempt ToProto(const AttemptKey& key);
// nullptr for a message that is about no attempt.
const v1::Attempt* AttemptOf(const v1::SessionRequest& message);

void Send(Session* session, v1::SessionResponse response);
// Tells the worker that the attempt is over.
void SayOver(Session* session, const v1::Attempt& attempt);
// `refused`: nullopt when the result is durable.
void Acknowledge(Session* session, const v1::Attempt& attempt,
                 const std::optional<v1::Failure>& refused);
v1::Failure Overtaken();

}  // namespace wheelhouse::hooks

// Who serves hooks, which calls there are, and who has which: the table that the threads of calls
// and the streams of workers meet in (parties.h says in which states a call is). Nothing here
// blocks but Await, and nothing knows gRPC.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/boot_clock.h"
#include "common/fence.h"
#include "common/mutex.h"
#include "server/hooks/counts.h"
#include "server/hooks/matching.h"
#include "server/hooks/parties.h"
#include "server/hooks/recent.h"
#include "wheelhouse/v1/hook_service.pb.h"

namespace wheelhouse::hooks {

// What has happened to a call.
struct Event {
  enum class Kind {
    kNothing,
    kStart,     // a session has room: worker, version and attempt are set
    kMessage,   // a line, progress, or a request of the cluster
    kResult,    // the worker has ended
    kGone,      // the attempt is given up
    kDeclined,  // the worker has not begun: the call waits again
  };
  Kind kind = Kind::kNothing;
  int attempt = 0;
  std::string worker, version;
  v1::SessionRequest message;
  int left_out = 0;  // lines that came before and were left out
  v1::Result result;
};

// How a call stands.
struct Standing {
  Call::State state = Call::State::kWaiting;
  bool with_session = false;  // its worker is attached
  absl::Duration waited;      // in kWaiting
  absl::Duration left;        // in kWorking: until its attempt is given up, unless it is heard of
  int servers = 0;            // workers that serve it, busy or not
};

// Thread-safe. Its lock is taken before those of streams (Session.wake).
class Table {
 public:
  explicit Table(const BootClock& boot) : boot_(boot) {}

  // --- For the thread of a call. It is lent from Add to Remove.

  // One that was begun goes on with whoever holds its attempt, or says so within its heartbeat, or
  // kToReturn if that is more.
  void Add(Call* call);
  // Blocks for at most `most`.
  Event Await(Call* call, absl::Duration most);
  void Wake(Call* call);
  Standing StandingOf(const Call& call);
  // Hands the started attempt to its worker. False: the worker has gone; the call waits again.
  bool Send(Call* call, absl::Duration time_left);
  // What the attempt is done behind; nullptr before Send.
  std::shared_ptr<const Fence> FenceOf(const Call& call);
  // The attempt is given up, and the call waits for another worker.
  void Requeue(Call* call);
  void Answer(Call* call, v1::ClusterResponse response);
  // A request that was not done: whoever goes on with the call does it.
  void PutBack(Call* call, v1::SessionRequest request);
  // The result is durable, or refused.
  void Acknowledge(Call* call, const std::optional<v1::Failure>& refused);
  // The worker is told to end; what it still asks for is refused.
  void Cancel(Call* call, const v1::Failure& why);
  // Leaves the call to its worker, whose messages are kept for the next Add of it.
  void Park(Call* call);
  void Remove(Call* call);
  // The result of an attempt is durable since before this daemon.
  void Forget(const std::string& owner, const v1::Attempt& attempt);

  // --- For the stream of a worker. A session is lent from Open to Close.

  void Open(Session* session);
  // The calls of the session may come back with another one until their heartbeat passes.
  void Close(Session* session);
  // PLAN_INVALID: a message that is not allowed; the session has to end.
  absl::Status Take(Session* session, const v1::SessionRequest& message);
  std::optional<v1::SessionResponse> Next(Session* session);
  // False: so much waits to be sent that nothing more should be read.
  bool MayRead(Session* session);

  // --- For those who look (table_looks.cpp).

  v1::ListHooksResponse List(const std::string& owner);
  HookCounts Counts();
  void CountEnd(CallEnd end);
  void CountReceived(size_t bytes);

  // How long a worker has to come back after the daemon was restarted.
  static constexpr absl::Duration kToReturn = absl::Seconds(15);

 private:
  // Owner and id of a call.
  using CallKey = std::pair<std::string, std::string>;
  // How a call has ended: with it all attempts up to this one.
  struct Ended {
    int attempt = 0;
    bool durable = false;  // the attempt's result is
  };

  absl::Status Attach(Session* session, const v1::Attach& attach)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether a call goes on with the attempt that an attaching session says it holds.
  bool TakeBack(Session* session, const v1::Attempt& attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeOf(Session* session, Held& held, const v1::SessionRequest& message,
              const v1::Attempt& attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of an attempt that a call waits for.
  void TakeOfCall(Session* session, Held& held, const v1::SessionRequest& message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of one that no call waits for, or that is over.
  void TakeOfNobody(Session* session, Held& held, const v1::SessionRequest& message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of one that the session does not hold.
  void TakeOfUnknown(Session* session, const v1::SessionRequest& message,
                     const v1::Attempt& attempt) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Bind(Call* call, Session* session, Held& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The attempt is over for the call, which has none then.
  void Drop(Call* call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The session has room again.
  void Free(Session* session, const AttemptKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Refuses a result that comes too late.
  void RefuseResult(Session* session, const v1::Attempt& attempt)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // nullptr when the attempt may be of a call that goes on.
  const Ended* EndOf(const Session& session, const v1::Attempt& attempt) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsOpen(const Call& call) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const BootClock& boot_;
  Mutex mutex_;
  std::list<Session*> sessions_ ABSL_GUARDED_BY(mutex_);
  Matching matching_ ABSL_GUARDED_BY(mutex_);
  std::map<CallKey, Call*> calls_ ABSL_GUARDED_BY(mutex_);
  Recent<CallKey, Ended> ended_ ABSL_GUARDED_BY(mutex_){10000};
  HookTotals totals_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::hooks

// A call of a hook, from the thread that waits for it: finds a worker, does what the worker asks
// for, and goes on by the hook's effect when the worker is gone.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <optional>
#include <string>

#include "common/context.h"
#include "server/hooks/table.h"
#include "server/lifecycle/core/hook_caller.h"

namespace wheelhouse::hooks {

// Used by one thread.
class CallThread {
 public:
  // All are lent.
  CallThread(Table& table, const Context& context, const lifecycle::HookRequest& request,
             lifecycle::HookHost& host);
  ~CallThread();
  CallThread(const CallThread&) = delete;
  CallThread& operator=(const CallThread&) = delete;

  // As HookCaller::Call; once.
  absl::StatusOr<v1::Result> Run();

 private:
  // How long the call may wait for a worker; HOOK_UNAVAILABLE when that is over. Tells what it
  // waits for.
  absl::StatusOr<absl::Duration> MayWait();
  // Why nobody has taken the call: HOOK_UNAVAILABLE. `servers`: how many serve the hook.
  absl::Status Unavailable(int servers) const;
  // Whether nobody has served the hook for so long that nobody is expected to.
  bool IsUnserved(int servers);
  // What a call waits for that nobody has taken.
  std::string WaitText(int servers) const;
  // Says that the worker that has the call has lost its session, and that it is back; nothing when
  // it is back at once.
  void TellOfAbsence(const Standing& standing);
  absl::Status Start(const Event& event);
  void Do(const Event& event);
  absl::Status GiveUp();
  absl::StatusOr<v1::Result> End(const Event& event);
  // The Context has ended with `why`.
  absl::Status Leave(const absl::Status& why);
  std::string Name() const;

  Table& table_;
  const Context& context_;
  const lifecycle::HookRequest& request_;
  lifecycle::HookHost& host_;
  Call call_;
  bool told_ = false;       // what it waits for
  bool told_away_ = false;  // that its worker has no session
  // On the steady clock; unset while its worker has a session.
  std::optional<absl::Duration> away_since_;
  // On the steady clock; unset while somebody serves the hook, busy or not.
  std::optional<absl::Duration> unserved_since_;
};

}  // namespace wheelhouse::hooks
